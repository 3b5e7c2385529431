// How panels of each kind look. Knows no query.
import { PanelBuilder as BarChartBuilder } from '@grafana/grafana-foundation-sdk/barchart';
import {
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {
  PanelBuilder as HeatmapBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as HistoryBuilder } from '@grafana/grafana-foundation-sdk/statushistory';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as SeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import {
  PanelBuilder as ScatterBuilder,
  SeriesMapping,
  XYSeriesConfigBuilder,
  XYShowMode,
} from '@grafana/grafana-foundation-sdk/xychart';
import { type PanelSpec, startPanel } from './panel.ts';

const makeLegend = () =>
  new VizLegendOptionsBuilder().showLegend(true).displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom);
const makeTooltip = () => new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);

/** Lines over time; holes stay holes. */
export const makeLines = (spec: PanelSpec): SeriesBuilder =>
  startPanel(new SeriesBuilder(), spec, 'time_series')
    .legend(makeLegend())
    .tooltip(makeTooltip())
    .lineWidth(1)
    .fillOpacity(0)
    .showPoints(VisibilityMode.Auto)
    .spanNulls(false);

/** Bars over time, one on top of the other. */
export const makeStackedBars = (spec: PanelSpec): SeriesBuilder =>
  makeLines(spec)
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(80)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));

export const makePoints = (spec: PanelSpec): SeriesBuilder =>
  makeLines(spec).drawStyle(GraphDrawStyle.Points).pointSize(6);

export const makeTable = (spec: PanelSpec): TableBuilder =>
  startPanel(new TableBuilder(), spec, 'table').showHeader(true).filterable(true);

/** The columns of the first row, a number each; with `rows`, a number for each row. */
export function makeStat(spec: PanelSpec & { readonly rows?: boolean }): StatBuilder {
  return startPanel(new StatBuilder(), spec, 'table')
    .reduceOptions(new ReduceDataOptionsBuilder().values(spec.rows === true).calcs(['lastNotNull']))
    .orientation(VizOrientation.Vertical);
}

/** @param x the column of texts under the bars */
export const makeBarChart = (
  spec: PanelSpec & { readonly x: string; readonly horizontal?: boolean; readonly stacked?: boolean },
): BarChartBuilder =>
  startPanel(new BarChartBuilder(), spec, 'table')
    .xField(spec.x)
    .orientation(spec.horizontal === true ? VizOrientation.Horizontal : VizOrientation.Vertical)
    .stacking(spec.stacked === true ? StackingMode.Normal : StackingMode.None)
    .legend(makeLegend())
    .tooltip(makeTooltip());

/** Each series is a row of cells, from below in the order of their names. */
export const makeHeatmap = (spec: PanelSpec): HeatmapBuilder =>
  startPanel(new HeatmapBuilder(), spec, 'time_series')
    .calculate(false)
    .color(new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme('Oranges').steps(64))
    .showLegend();

/** Each series is a row of coloured cells: red below 80, yellow below 100 per cent. */
export const makeShares = (spec: PanelSpec): HistoryBuilder =>
  startPanel(new HistoryBuilder(), spec, 'time_series')
    .thresholds(
      new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
        { value: null, color: 'red' },
        { value: 80, color: 'yellow' },
        { value: 99.99, color: 'green' },
      ]),
    )
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .legend(makeLegend());

/** A point for each row, a colour for each value of `by`. */
export const makeScatter = (
  spec: PanelSpec & { readonly x: string; readonly y: string; readonly by: string },
): ScatterBuilder =>
  startPanel(new ScatterBuilder(), spec, 'table')
    .withTransformation({ id: 'partitionByValues', options: { fields: [spec.by], keepFields: false } })
    .mapping(SeriesMapping.Manual)
    .show(XYShowMode.Points)
    .series([
      new XYSeriesConfigBuilder()
        .x({ matcher: { id: 'byName', options: spec.x } })
        .y({ matcher: { id: 'byName', options: spec.y } }),
    ])
    .legend(makeLegend());
