-- Views hold no data.
DROP VIEW
    "v_air_quality_analysis",
    "v_dairy_production_daily",
    "v_data_quality_summary",
    "v_energy_daily",
    "v_energy_hourly",
    "v_energy_monthly",
    "v_environmental_metrics_daily",
    "v_environmental_summary",
    "v_feed_efficiency_analysis",
    "v_pipeline_health",
    "v_production_summary",
    "v_source_comparison";
