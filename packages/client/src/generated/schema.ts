// Made from the OpenAPI document by `pnpm client:generate`. Not to be edited.
export interface paths {
    "/batches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Batches, newest first
         * @description Every load there was, whichever way it came in, with what became of it.
         */
        get: operations["listBatches"];
        put?: never;
        /**
         * Hand in a file to be loaded
         * @description Answers when the bytes are stored; an ingestor loads them. Follow `Location` for what becomes of it.
         */
        post: operations["uploadFile"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/batches/{batch_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One batch
         * @description With its counts, and with the reason where it failed. `status` says whether it is still under way.
         */
        get: operations["getBatch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/batches/{batch_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happens to a batch, as server-sent events
         * @description `status` at the beginning and when it changes, `progress` while it is loaded, and `done` with the whole batch at the end.
         */
        get: operations["followBatch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/batches/{batch_id}/file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The file as it was received
         * @description Byte for byte, always as a download.
         */
        get: operations["getBatchFile"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/batches/{batch_id}/operations/{operation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * An undo, redo or replay, done or under way
         * @description Where the answer to a request for one did not wait for its end, this is the address in `Location`.
         */
        get: operations["getOperation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/batches/{batch_id}/redo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Bring an undone batch back to its place
         * @description Done by an ingestor; the answer waits for it up to 30 seconds. With `dry_run` it only counts.
         */
        post: operations["redoBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/batches/{batch_id}/rejections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The records of a batch that were refused, and why
         * @description As CSV (`Accept: text/csv`): a line per refused cell, all of them.
         */
        get: operations["listRejections"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/batches/{batch_id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Load the bytes of a batch again, as a new batch in its place
         * @description With the mapping of the batch as it is today, or another one, and the zone that its datasource has today. The old batch is undone. With `preview` nothing is kept, and the result says what would change.
         */
        post: operations["replayBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/batches/{batch_id}/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a batch back, restoring what it overwrote
         * @description Done by an ingestor; the answer waits for it up to 30 seconds. With `dry_run` it only counts.
         */
        post: operations["undoBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/batches/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Batches and their records, by dataset and status
         * @description Counts of the batches that the filters leave.
         */
        get: operations["summarizeBatches"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dairy/aggregate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Milk, herd and feed by day, week, month, quarter or year
         * @description By calendar intervals of `tz` or of each source; each says how many readings it has and how many it would have. At most 10,000 rows.
         */
        get: operations["aggregateDairy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dairy/daily": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Milk and feed per day
         * @description In pages as JSON, each with the cursor of the next; or all rows at once in another form. Every row names its load and line.
         */
        get: operations["listDairyDaily"];
        put?: never;
        /**
         * Hand in readings
         * @description A JSON array of at most 10000 readings, or NDJSON (`application/x-ndjson`) of any length.
         */
        post: operations["postDairyDaily"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dairy/daily/provenance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where one reading came from: file, line, rules, and what stood there before
         * @description The line as it stands in the file, and how it became a number. Also of readings that were replaced or taken back.
         */
        get: operations["traceDairyDaily"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dairy/latest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The last reading of each source
         * @description Before `to`, where that is given; sources without a reading are left out.
         */
        get: operations["latestDairy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/dairy/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Number, extent and extremes of the readings of each source
         * @description With mean and standard deviation of each measure; directions have no extremes.
         */
        get: operations["statsDairy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/datasources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Datasources, filtered and sorted
         * @description Retired ones too, unless `status` says otherwise.
         */
        get: operations["listDatasources"];
        put?: never;
        /**
         * Create a datasource
         * @description Its `external_id` is the name by which files and other systems know it, and never changes.
         */
        post: operations["createDatasource"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/datasources/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One datasource
         * @description By its number; retired ones too.
         */
        get: operations["getDatasource"];
        put?: never;
        post?: never;
        /**
         * Retire a datasource, or purge it with all its data
         * @description Without `purge` the datasource is set `offline` and keeps its data. With `purge=true` and its external id in `confirm` it goes with its measurements, their history, the batches that only it had a part in, and their files. That cannot be taken back.
         */
        delete: operations["deleteDatasource"];
        options?: never;
        head?: never;
        /**
         * Change some fields of a datasource
         * @description The time zone cannot change while the datasource has measurements; the external id never does.
         */
        patch: operations["changeDatasource"];
        trace?: never;
    };
    "/datasources/{id}/gaps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Missing hours and days, and days that are not the sum of their hours
         * @description By the local clock of the source. Without bounds, what lies between its first and its last reading.
         */
        get: operations["listGaps"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/datasources/external/{external_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The datasource with this external id
         * @description Capitals and spaces around it make no difference.
         */
        get: operations["getDatasourceByExternalId"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/datasources/freshness": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Which source is late against its own rhythm
         * @description A row per source and dataset; the late first, then in the order in which they are due.
         */
        get: operations["listFreshness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/datasources/types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The types there are, the datasets of each, and how many datasources have it
         * @description With the categories and statuses that there are.
         */
        get: operations["listDatasourceTypes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/energy/aggregate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * kWh by hour, day, week, month, quarter or year
         * @description By calendar intervals of `tz` or of each source; each says how many readings it has and how many it would have. At most 10,000 rows.
         */
        get: operations["aggregateEnergy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/energy/daily": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * kWh per local day
         * @description In pages as JSON, each with the cursor of the next; or all rows at once in another form. Every row names its load and line.
         */
        get: operations["listEnergyDaily"];
        put?: never;
        /**
         * Hand in readings
         * @description A JSON array of at most 10000 readings, or NDJSON (`application/x-ndjson`) of any length.
         */
        post: operations["postEnergyDaily"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/energy/daily/provenance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where one reading came from: file, line, rules, and what stood there before
         * @description The line as it stands in the file, and how it became a number. Also of readings that were replaced or taken back.
         */
        get: operations["traceEnergyDaily"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/energy/hourly": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * kWh per hour
         * @description In pages as JSON, each with the cursor of the next; or all rows at once in another form. Every row names its load and line.
         */
        get: operations["listEnergyHourly"];
        put?: never;
        /**
         * Hand in readings
         * @description A JSON array of at most 10000 readings, or NDJSON (`application/x-ndjson`) of any length.
         */
        post: operations["postEnergyHourly"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/energy/hourly/provenance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where one reading came from: file, line, rules, and what stood there before
         * @description The line as it stands in the file, and how it became a number. Also of readings that were replaced or taken back.
         */
        get: operations["traceEnergyHourly"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/energy/latest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The last reading of each source
         * @description Before `to`, where that is given; sources without a reading are left out.
         */
        get: operations["latestEnergy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/energy/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Number, extent and extremes of the readings of each source
         * @description With mean and standard deviation of each measure; directions have no extremes.
         */
        get: operations["statsEnergy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/environmental": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Weather, air
         * @description In pages as JSON, each with the cursor of the next; or all rows at once in another form. Every row names its load and line.
         */
        get: operations["listEnvironmental"];
        put?: never;
        /**
         * Hand in readings
         * @description A JSON array of at most 10000 readings, or NDJSON (`application/x-ndjson`) of any length.
         */
        post: operations["postEnvironmental"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/environmental/aggregate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Means and extremes of weather and air
         * @description By calendar intervals of `tz` or of each source; each says how many readings it has and how many it would have. At most 10,000 rows.
         */
        get: operations["aggregateEnvironmental"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/environmental/latest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The last reading of each source
         * @description Before `to`, where that is given; sources without a reading are left out.
         */
        get: operations["latestEnvironmental"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/environmental/provenance": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where one reading came from: file, line, rules, and what stood there before
         * @description The line as it stands in the file, and how it became a number. Also of readings that were replaced or taken back.
         */
        get: operations["traceEnvironmental"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/environmental/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Number, extent and extremes of the readings of each source
         * @description With mean and standard deviation of each measure; directions have no extremes.
         */
        get: operations["statsEnvironmental"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/errors/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What an error code means and what to do about it
         * @description The entry of the catalogue: of a fault, or of a rejection of a record.
         */
        get: operations["getError"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether the service and its database answer
         * @description Within two seconds in any case, also while all connections are taken. For load balancers and watchdogs.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The API keys there are
         * @description Revoked ones too, with when each was last used. The keys themselves are stored nowhere.
         */
        get: operations["listKeys"];
        put?: never;
        /**
         * Make an API key
         * @description The answer is the only place where the key is shown.
         */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke an API key, for good
         * @description It is refused from then on; what it did keeps its name.
         */
        delete: operations["revokeKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics for Prometheus
         * @description Of the process, of requests by route, of the connections, and of the batches and sources.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether migrations are applied and the service may be used
         * @description Names what is missing: migrations, or the file that says that samples are in.
         */
        get: operations["getReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The webhooks there are
         * @description In the order in which they were made. Secrets are not shown.
         */
        get: operations["listWebhooks"];
        put?: never;
        /**
         * Make a webhook: an address that is told when a batch has ended
         * @description An https address; what it may not be is told with `webhook_url_refused`. The answer shows the secret that signs the messages, once.
         */
        post: operations["createWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/{webhook_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One webhook
         * @description Where it sends, of what, and whether it is on. Its secret is not shown.
         */
        get: operations["getWebhook"];
        put?: never;
        post?: never;
        /**
         * Remove a webhook with its deliveries
         * @description What waits to be sent is not sent any more. The answer is the webhook as it was.
         */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        /**
         * Change some fields of a webhook
         * @description What waits for it goes to the new address. While it is off nothing is written down for it.
         */
        patch: operations["changeWebhook"];
        trace?: never;
    };
    "/webhooks/{webhook_id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a webhook was told, and how that went, the newest first
         * @description Each with the message, its attempts, and what the receiver answered last.
         */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a message again, under the same id
         * @description Also one that arrived. Where the webhook is off, it waits until that is on again.
         */
        post: operations["retryDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/{webhook_id}/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a new secret; the one before signs beside it for a day
         * @description The answer is the only place where it is shown.
         */
        post: operations["renewWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/{webhook_id}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a ping, once; its delivery says how that went
         * @description Also where the webhook is off. It is not tried again.
         */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Aggregate_dairy_production: {
            /** @description d, mean of the readings */
            average_lactation_days: number | null;
            /** @description d, largest */
            average_lactation_days_max: number | null;
            /** @description d, smallest */
            average_lactation_days_min: number | null;
            /** @description received ÷ expected, at most 1. */
            completeness: number | null;
            datasource_id: number;
            /** @description kg, mean of the readings */
            day_production_per_cow_kg: number | null;
            /** @description kg, largest */
            day_production_per_cow_kg_max: number | null;
            /** @description kg, smallest */
            day_production_per_cow_kg_min: number | null;
            /**
             * Format: date-time
             * @description Exclusive, cut to `to`.
             */
            end: string;
            /** @description How many readings there would be without gaps; null where nobody can say. */
            expected: number | null;
            /** @description kg, mean of the readings */
            fed_per_cow_total_kg: number | null;
            /** @description kg, largest */
            fed_per_cow_total_kg_max: number | null;
            /** @description kg, smallest */
            fed_per_cow_total_kg_min: number | null;
            /** @description kg, mean of the readings */
            fed_per_cow_water_kg: number | null;
            /** @description kg, largest */
            fed_per_cow_water_kg_max: number | null;
            /** @description kg, smallest */
            fed_per_cow_water_kg_min: number | null;
            /** @description 1, mean of the readings */
            feed_efficiency: number | null;
            /** @description 1, largest */
            feed_efficiency_max: number | null;
            /** @description 1, smallest */
            feed_efficiency_min: number | null;
            /**
             * Format: date-time
             * @description `start` as the clocks of the zone show it.
             */
            local_start: string;
            /** @description kg, sum over the days of milk per cow × animals */
            milk_kg: number | null;
            /** @description 1, mean of the readings */
            number_of_animals: number | null;
            /** @description 1, largest */
            number_of_animals_max: number | null;
            /** @description 1, smallest */
            number_of_animals_min: number | null;
            /** @description How many there are. */
            received: number;
            /** @description min, mean of the readings */
            rumination_minutes: number | null;
            /** @description min, largest */
            rumination_minutes_max: number | null;
            /** @description min, smallest */
            rumination_minutes_min: number | null;
            /**
             * Format: date-time
             * @description Inclusive, cut to `from`.
             */
            start: string;
        };
        Aggregate_energy_hourly: {
            /** @description received ÷ expected, at most 1. */
            completeness: number | null;
            datasource_id: number;
            /**
             * Format: date-time
             * @description Exclusive, cut to `to`.
             */
            end: string;
            /** @description kWh, sum */
            energy_kwh: number | null;
            /** @description kWh, largest */
            energy_kwh_max: number | null;
            /** @description kWh, smallest */
            energy_kwh_min: number | null;
            /** @description How many readings there would be without gaps; null where nobody can say. */
            expected: number | null;
            /**
             * Format: date-time
             * @description `start` as the clocks of the zone show it.
             */
            local_start: string;
            /** @description How many there are. */
            received: number;
            /**
             * Format: date-time
             * @description Inclusive, cut to `from`.
             */
            start: string;
        };
        Aggregate_environmental_metrics: {
            /** @description hPa, mean of the readings */
            atm_pressure: number | null;
            /** @description hPa, largest */
            atm_pressure_max: number | null;
            /** @description hPa, smallest */
            atm_pressure_min: number | null;
            /** @description received ÷ expected, at most 1. */
            completeness: number | null;
            datasource_id: number;
            /**
             * Format: date-time
             * @description Exclusive, cut to `to`.
             */
            end: string;
            /** @description How many readings there would be without gaps; null where nobody can say. */
            expected: number | null;
            /** @description %, mean of the readings */
            humidity: number | null;
            /** @description %, largest */
            humidity_max: number | null;
            /** @description %, smallest */
            humidity_min: number | null;
            /**
             * Format: date-time
             * @description `start` as the clocks of the zone show it.
             */
            local_start: string;
            /** @description dB, equivalent level (energy mean) */
            noise_level_db: number | null;
            /** @description dB, largest */
            noise_level_db_max: number | null;
            /** @description dB, smallest */
            noise_level_db_min: number | null;
            /** @description µg/m³, mean of the readings */
            pm2p5: number | null;
            /** @description µg/m³, largest */
            pm2p5_max: number | null;
            /** @description µg/m³, smallest */
            pm2p5_min: number | null;
            /** @description µg/m³, mean of the readings */
            pm10: number | null;
            /** @description µg/m³, largest */
            pm10_max: number | null;
            /** @description µg/m³, smallest */
            pm10_min: number | null;
            /** @description How many there are. */
            received: number;
            /**
             * Format: date-time
             * @description Inclusive, cut to `from`.
             */
            start: string;
            /** @description °C, mean of the readings */
            temperature: number | null;
            /** @description °C, largest */
            temperature_max: number | null;
            /** @description °C, smallest */
            temperature_min: number | null;
            /** @description °, mean direction (vector mean) */
            wind_angle: number | null;
            /** @description the most frequent sector */
            wind_direction_sectors: number | null;
            /** @description m/s, mean of the readings */
            wind_speed: number | null;
            /** @description m/s, largest */
            wind_speed_max: number | null;
            /** @description m/s, smallest */
            wind_speed_min: number | null;
        };
        /** @description One load: read = inserted + updated + unchanged + skipped + rejected once it is completed. */
        Batch: {
            applied_at: string | null;
            attempt: number;
            /** Format: uuid */
            batch_id: string;
            completed_at: string | null;
            /** @description The options given with the file and what was decided about it. */
            context: unknown;
            /** Format: date-time */
            created_at: string;
            dataset: ("energy_hourly" | "energy_daily" | "environmental_metrics" | "dairy_production") | null;
            /** @description null where a file speaks of several sources, or it is not known yet. */
            datasource_id: number | null;
            date_range_end: string | null;
            date_range_start: string | null;
            dry_run: boolean;
            duplicate_of: string | null;
            /** @description Why the load failed. */
            error: unknown | null;
            execution_time_ms: number | null;
            external_id: string | null;
            file_sha256: string | null;
            granularity: string | null;
            lines_read: number;
            mapping_name: string | null;
            mapping_sha256: string | null;
            pipeline_name: string | null;
            pipeline_version: string | null;
            progress: unknown | null;
            /** @description Per cent of the records that were not rejected. */
            quality_score: number | null;
            records_inserted: number;
            /** @description inserted + updated */
            records_loaded: number;
            records_read: number;
            records_rejected: number;
            records_skipped: number;
            records_unchanged: number;
            records_updated: number;
            replay_of: string | null;
            size_bytes: number | null;
            source_name: string | null;
            /** @enum {string} */
            source_type: "file" | "upload" | "api" | "manual" | "legacy";
            started_at: string | null;
            /** @enum {string} */
            status: "pending" | "processing" | "completed" | "failed" | "undone" | "duplicate";
            submitted_by: string | null;
            validation_status: ("passed" | "partial" | "failed") | null;
        };
        BatchSummary: {
            data: {
                batches: number;
                dataset: ("energy_hourly" | "energy_daily" | "environmental_metrics" | "dairy_production") | null;
                records_inserted: number;
                records_read: number;
                records_rejected: number;
                records_skipped: number;
                records_unchanged: number;
                records_updated: number;
                /** @enum {string} */
                status: "pending" | "processing" | "completed" | "failed" | "undone" | "duplicate";
            }[];
            total: {
                batches: number;
                records_inserted: number;
                records_read: number;
                records_rejected: number;
                records_skipped: number;
                records_unchanged: number;
                records_updated: number;
            };
        };
        /** @description One series of measurements: a register of a meter, a weather station, a milking robot. */
        Datasource: {
            alias: string | null;
            client: string | null;
            /** Format: date-time */
            created_at: string;
            /** @enum {string} */
            data_type: "energy" | "weather" | "dairy" | "pv" | "other";
            description: string | null;
            external_id: string;
            id: number;
            metadata: {
                [key: string]: unknown;
            };
            name: string | null;
            /** @enum {string} */
            source_category: "device" | "file" | "api" | "manual";
            /** @enum {string} */
            status: "online" | "offline" | "maintenance" | "unknown";
            timezone: string | null;
            /** Format: date-time */
            updated_at: string;
        };
        DatasourceChange: {
            alias?: string | null;
            client?: string | null;
            /** @enum {string} */
            data_type?: "energy" | "weather" | "dairy" | "pv" | "other";
            description?: string | null;
            metadata?: {
                [key: string]: unknown;
            };
            name?: string | null;
            /** @enum {string} */
            source_category?: "device" | "file" | "api" | "manual";
            /** @enum {string} */
            status?: "online" | "offline" | "maintenance" | "unknown";
            /** @description IANA name; null until known, and then local times are refused. */
            timezone?: string | null;
        };
        DatasourceToCreate: {
            alias?: string | null;
            client?: string | null;
            /** @enum {string} */
            data_type: "energy" | "weather" | "dairy" | "pv" | "other";
            description?: string | null;
            external_id: string;
            metadata?: {
                [key: string]: unknown;
            };
            name?: string | null;
            /**
             * @default device
             * @enum {string}
             */
            source_category?: "device" | "file" | "api" | "manual";
            /** @enum {string} */
            status?: "online" | "offline" | "maintenance" | "unknown";
            /** @description IANA name; null until known, and then local times are refused. */
            timezone?: string | null;
        };
        Delivery: {
            /** @description How often it was tried. */
            attempt: number;
            attempted_at: string | null;
            batch_id: string | null;
            ended_at: string | null;
            /** @description Why the last attempt did not arrive. */
            error: string | null;
            event: string;
            /** Format: date-time */
            happened_at: string;
            /**
             * Format: uuid
             * @description The `webhook-id` of the message, the same at every attempt.
             */
            id: string;
            /** @description When it is tried next; null when it is not. */
            next_at: string | null;
            response_status: number | null;
            /** @enum {string} */
            status: "pending" | "delivered" | "given_up";
            /** Format: uuid */
            webhook_id: string;
        };
        ErrorEntry: {
            code: string;
            /**
             * @description A fault stops a request or a batch, a rejection refuses one record.
             * @enum {string}
             */
            kind: "fault" | "rejection";
            remedy: string;
            status: number;
            title: string;
        };
        Health: {
            /** @description ok, or the code of what is wrong with it. */
            database: string;
            detail?: string;
            /** @enum {string} */
            status: "ok" | "unavailable";
            uptime_seconds: number;
            version: string;
        };
        /** @description With `datasource_ids` or `clients` it knows only these datasources, and those of these clients. */
        Key: {
            clients: string[] | null;
            /** Format: date-time */
            created_at: string;
            datasource_ids: number[] | null;
            expires_at: string | null;
            id: number;
            last_used_at: string | null;
            name: string;
            /** @description The beginning of the key, by which people tell keys apart. */
            prefix: string;
            revoked_at: string | null;
            scopes: ("read" | "ingest" | "admin")[];
        };
        Measurement_dairy_production: {
            /** @description d */
            average_lactation_days: number | null;
            /**
             * Format: uuid
             * @description The load that the row came from.
             */
            batch_id: string;
            datasource_id: number;
            /** @description kg */
            day_production_per_cow_kg: number | null;
            /** @description kg */
            fed_per_cow_total_kg: number | null;
            /** @description kg */
            fed_per_cow_water_kg: number | null;
            /** @description 1 */
            feed_efficiency: number | null;
            /** @description 1 */
            number_of_animals: number | null;
            /** Format: date */
            production_date: string;
            quality: number;
            /** @description min */
            rumination_minutes: number | null;
            /** @description Line of the file. */
            source_row: number | null;
        };
        Measurement_energy_daily: {
            /**
             * Format: uuid
             * @description The load that the row came from.
             */
            batch_id: string;
            datasource_id: number;
            /** @description kWh */
            energy_kwh: number;
            quality: number;
            /** @description Line of the file. */
            source_row: number | null;
            /** Format: date */
            ts: string;
        };
        Measurement_energy_hourly: {
            /**
             * Format: uuid
             * @description The load that the row came from.
             */
            batch_id: string;
            datasource_id: number;
            /** @description kWh */
            energy_kwh: number;
            quality: number;
            /** @description Line of the file. */
            source_row: number | null;
            /** Format: date-time */
            ts: string;
        };
        Measurement_environmental_metrics: {
            /** @description hPa */
            atm_pressure: number | null;
            /**
             * Format: uuid
             * @description The load that the row came from.
             */
            batch_id: string;
            datasource_id: number;
            /** @description % */
            humidity: number | null;
            /** @description dB */
            noise_level_db: number | null;
            /** @description µg/m³ */
            pm2p5: number | null;
            /** @description µg/m³ */
            pm10: number | null;
            quality: number;
            /** @description Line of the file. */
            source_row: number | null;
            /** @description °C */
            temperature: number | null;
            /** Format: date-time */
            timestamp: string;
            /** @description ° */
            wind_angle: number | null;
            /** @description sector */
            wind_direction_sectors: number | null;
            /** @description m/s */
            wind_speed: number | null;
        };
        NewKey: {
            clients: string[] | null;
            /** Format: date-time */
            created_at: string;
            datasource_ids: number[] | null;
            expires_at: string | null;
            id: number;
            /** @description Shown this once. */
            key: string;
            last_used_at: string | null;
            name: string;
            /** @description The beginning of the key, by which people tell keys apart. */
            prefix: string;
            revoked_at: string | null;
            scopes: ("read" | "ingest" | "admin")[];
        };
        NewWebhook: {
            active: boolean;
            clients: string[] | null;
            /** Format: date-time */
            created_at: string;
            datasource_ids: number[] | null;
            description: string | null;
            /** @description null: all. */
            events: ("batch.completed" | "batch.completed_with_rejections" | "batch.failed" | "batch.duplicate" | "batch.undone" | "batch.redone")[] | null;
            /** Format: uuid */
            id: string;
            /** @description Where nobody switched it off: its address answered 410, or too many deliveries in a row were given up. */
            off_because: ("gone" | "given_up") | null;
            /** @description Until then messages are signed with the secret before, too. */
            old_secret_until: string | null;
            /** @description Signs the messages. Shown this once. */
            secret: string;
            /** Format: date-time */
            updated_at: string;
            url: string;
        };
        /** @description An undo, redo or replay, done by an ingestor. */
        Operation: {
            /**
             * Format: uuid
             * @description The batch that it was asked of; of a replay, the old one.
             */
            batch_id: string;
            completed_at: string | null;
            /** Format: date-time */
            created_at: string;
            dry_run: boolean;
            id: number;
            /** @enum {string} */
            operation: "undo" | "redo" | "replay";
            /** @description What was asked. */
            options: unknown;
            /** @description null until it is done. */
            result: ({
                added?: number;
                /** @description Readings with other values. */
                changed?: number;
                code?: string;
                /** @description Of a dry run or replay: at most ten readings that change, and ten that go (`after` is null). */
                examples?: {
                    after: {
                        [key: string]: number | null;
                    } | null;
                    before: {
                        [key: string]: number | null;
                    };
                    datasource: string;
                    time: string;
                }[];
                message?: string;
                /** @description Of a replay: the new batch; null for a dry run. */
                new_batch_id?: string | null;
                /** @description Of a replay: what became of the records of the file, at its place in the order. */
                records?: {
                    inserted: number;
                    read: number;
                    rejected: number;
                    skipped: number;
                    unchanged: number;
                    updated: number;
                } & {
                    [key: string]: unknown;
                };
                /** @description Readings that are gone from the table. */
                removed?: number;
                /** @description Of the undo of a replay: the batch that it had replaced, which stays undone. */
                replaced?: string | null;
                /** @description How many batches were read again. */
                reread?: number;
                /** @description Readings that keep their values, and got another batch or line behind them. */
                unchanged?: number;
                /** @description Of a replay: the status of the old batch before. */
                was?: string;
            } & {
                [key: string]: unknown;
            }) | null;
            /** @enum {string} */
            status: "pending" | "processing" | "completed" | "failed";
        };
        Origin: {
            applied_at: string | null;
            /** Format: uuid */
            batch_id: string;
            /** @description What became of the columns. */
            columns: {
                column: string;
                /** @description What the number was calculated with; null: it is stored as written. */
                conversion: string | null;
                decimal: string | null;
                field: string;
                group: string | null;
            }[];
            /** @description How readings were made of several lines: counter, mean power, sums. */
            derived: unknown | null;
            encoding: string | null;
            file_sha256: string | null;
            header: string[];
            /** @description Of the file; in a workbook the row, in a JSON document the number of the record. */
            line: number | null;
            mapping_name: string | null;
            mapping_sha256: string | null;
            /** @description Name of the file. */
            source_name: string | null;
            /** @enum {string} */
            source_type: "file" | "upload" | "api" | "manual" | "legacy";
            submitted_by: string | null;
            /** @description The line as it stands in the file. */
            text: string | null;
            /** @description Why the line is not shown. */
            text_missing: string | null;
            time_format: string | null;
            /** @description The zone in which times without one were read. */
            zone: string | null;
        };
        /** @description Why a request failed. Further members are facts of the failure, such as batch_id. */
        Problem: {
            /** @description Stable name of the failure, for programs. */
            code: string;
            /** @description What happened here. */
            detail: string;
            errors: {
                field?: string;
                line?: number;
                message: string;
            }[];
            /** @description The address that was asked for. */
            instance: string;
            /** @description What to do about it. */
            remedy: string;
            /** @description Stands in the log, too. */
            request_id: string;
            status: number;
            /** @description What happened, the same for every failure of this code. */
            title: string;
            /** @description Address of the entry in the error catalogue, such as /errors/file_empty. */
            type: string;
        } & {
            [key: string]: unknown;
        };
        Provenance_dairy_production: {
            /** @description What stood there before, the youngest first. */
            earlier: {
                /** @description The batch that took its place, or was taken back. */
                ended_by: string | null;
                origin: components["schemas"]["Origin"];
                reading: components["schemas"]["Measurement_dairy_production"];
                reason: string | null;
                /** @description It stood from then on; null where that was not kept. */
                since: string | null;
                until: string | null;
            }[];
            /** @description Earlier values that had ended by then are no longer kept; null: all are. */
            kept_from: string | null;
            origin: components["schemas"]["Origin"] | null;
            /** @description null where the last one was taken back. */
            reading: components["schemas"]["Measurement_dairy_production"] | null;
        };
        Provenance_energy_daily: {
            /** @description What stood there before, the youngest first. */
            earlier: {
                /** @description The batch that took its place, or was taken back. */
                ended_by: string | null;
                origin: components["schemas"]["Origin"];
                reading: components["schemas"]["Measurement_energy_daily"];
                reason: string | null;
                /** @description It stood from then on; null where that was not kept. */
                since: string | null;
                until: string | null;
            }[];
            /** @description Earlier values that had ended by then are no longer kept; null: all are. */
            kept_from: string | null;
            origin: components["schemas"]["Origin"] | null;
            /** @description null where the last one was taken back. */
            reading: components["schemas"]["Measurement_energy_daily"] | null;
        };
        Provenance_energy_hourly: {
            /** @description What stood there before, the youngest first. */
            earlier: {
                /** @description The batch that took its place, or was taken back. */
                ended_by: string | null;
                origin: components["schemas"]["Origin"];
                reading: components["schemas"]["Measurement_energy_hourly"];
                reason: string | null;
                /** @description It stood from then on; null where that was not kept. */
                since: string | null;
                until: string | null;
            }[];
            /** @description Earlier values that had ended by then are no longer kept; null: all are. */
            kept_from: string | null;
            origin: components["schemas"]["Origin"] | null;
            /** @description null where the last one was taken back. */
            reading: components["schemas"]["Measurement_energy_hourly"] | null;
        };
        Provenance_environmental_metrics: {
            /** @description What stood there before, the youngest first. */
            earlier: {
                /** @description The batch that took its place, or was taken back. */
                ended_by: string | null;
                origin: components["schemas"]["Origin"];
                reading: components["schemas"]["Measurement_environmental_metrics"];
                reason: string | null;
                /** @description It stood from then on; null where that was not kept. */
                since: string | null;
                until: string | null;
            }[];
            /** @description Earlier values that had ended by then are no longer kept; null: all are. */
            kept_from: string | null;
            origin: components["schemas"]["Origin"] | null;
            /** @description null where the last one was taken back. */
            reading: components["schemas"]["Measurement_environmental_metrics"] | null;
        };
        PurgeResult: {
            batches: number;
            external_id: string;
            history: number;
            id: number;
            measurements: number;
            /** @constant */
            purged: true;
        };
        Reading_dairy_production: {
            /** @description d */
            average_lactation_days?: number | string | null;
            /** @description kg */
            day_production_per_cow_kg?: number | string | null;
            external_id: string;
            /** @description kg */
            fed_per_cow_total_kg?: number | string | null;
            /** @description kg */
            fed_per_cow_water_kg?: number | string | null;
            /** @description 1 */
            feed_efficiency?: number | string | null;
            /** @description 1 */
            number_of_animals?: number | string | null;
            /** @description YYYY-MM-DD */
            production_date: string;
            /** @description min */
            rumination_minutes?: number | string | null;
        };
        Reading_energy_daily: {
            /** @description kWh */
            energy_kwh?: number | string | null;
            external_id: string;
            /** @description YYYY-MM-DD */
            ts: string;
        };
        Reading_energy_hourly: {
            /** @description kWh */
            energy_kwh?: number | string | null;
            external_id: string;
            /** @description RFC 3339; without an offset in the zone of the datasource. */
            ts: string;
        };
        Reading_environmental_metrics: {
            /** @description hPa */
            atm_pressure?: number | string | null;
            external_id: string;
            /** @description % */
            humidity?: number | string | null;
            /** @description dB */
            noise_level_db?: number | string | null;
            /** @description µg/m³ */
            pm2p5?: number | string | null;
            /** @description µg/m³ */
            pm10?: number | string | null;
            /** @description °C */
            temperature?: number | string | null;
            /** @description RFC 3339; without an offset in the zone of the datasource. */
            timestamp: string;
            /** @description ° */
            wind_angle?: number | string | null;
            /** @description sector */
            wind_direction_sectors?: number | string | null;
            /** @description m/s */
            wind_speed?: number | string | null;
        };
        /** @description The readings are a batch like any other: it can be found, undone and replayed. */
        ReadingsResult: {
            batch: components["schemas"]["Batch"];
            /** @description The first 1,000; `line` is the number of the reading, from 1. */
            rejections: components["schemas"]["Rejection"][];
        };
        Ready: {
            migrations: number;
            /** @constant */
            status: "ready";
        };
        /** @description One record that was refused. */
        Rejection: {
            errors: {
                code: string;
                column: string | null;
                message: string;
                /** @description What to do about it. */
                remedy: string;
                text: string | null;
            }[];
            /** @description Line of the file, counted from 1. */
            line: number | null;
            /** @description The record as it stood in the file. */
            raw: unknown;
            rejection_no: number;
        };
        ReplayRequest: {
            /** @description external_id or alias; else what was said with the file, or what its name says. */
            datasource?: string;
            /**
             * Format: date
             * @description The day of a file whose records do not say it.
             */
            date?: string;
            /** @enum {string} */
            date_order?: "mdy" | "dmy" | "ymd";
            /**
             * @description Count what would change, and keep nothing.
             * @default false
             */
            dry_run?: boolean;
            /** @description Also where another batch has the same bytes. */
            force?: boolean;
            /** @description Name of the mapping; else that of the batch, as it is today. */
            mapping?: string;
            /**
             * @description The same as dry_run.
             * @default false
             */
            preview?: boolean;
        };
        Stats_dairy_production: {
            datasource_id: number;
            first: string | null;
            last: string | null;
            measures: {
                average_lactation_days: {
                    max: number | null;
                    mean: number | null;
                    min: number | null;
                    received: number;
                    stddev: number | null;
                };
                day_production_per_cow_kg: {
                    max: number | null;
                    mean: number | null;
                    min: number | null;
                    received: number;
                    stddev: number | null;
                };
                fed_per_cow_total_kg: {
                    max: number | null;
                    mean: number | null;
                    min: number | null;
                    received: number;
                    stddev: number | null;
                };
                fed_per_cow_water_kg: {
                    max: number | null;
                    mean: number | null;
                    min: number | null;
                    received: number;
                    stddev: number | null;
                };
                feed_efficiency: {
                    max: number | null;
                    mean: number | null;
                    min: number | null;
                    received: number;
                    stddev: number | null;
                };
                number_of_animals: {
                    max: number | null;
                    mean: number | null;
                    min: number | null;
                    received: number;
                    stddev: number | null;
                };
                rumination_minutes: {
                    max: number | null;
                    mean: number | null;
                    min: number | null;
                    received: number;
                    stddev: number | null;
                };
            };
            rows: number;
        };
        Stats_energy_hourly: {
            datasource_id: number;
            first: string | null;
            last: string | null;
            measures: {
                energy_kwh: {
                    max: number | null;
                    mean: number | null;
                    min: number | null;
                    received: number;
                    stddev: number | null;
                    sum: number | null;
                };
            };
            rows: number;
        };
        Stats_environmental_metrics: {
            datasource_id: number;
            first: string | null;
            last: string | null;
            measures: {
                atm_pressure: {
                    max: number | null;
                    mean: number | null;
                    min: number | null;
                    received: number;
                    stddev: number | null;
                };
                humidity: {
                    max: number | null;
                    mean: number | null;
                    min: number | null;
                    received: number;
                    stddev: number | null;
                };
                noise_level_db: {
                    max: number | null;
                    mean: number | null;
                    min: number | null;
                    received: number;
                    stddev: number | null;
                };
                pm2p5: {
                    max: number | null;
                    mean: number | null;
                    min: number | null;
                    received: number;
                    stddev: number | null;
                };
                pm10: {
                    max: number | null;
                    mean: number | null;
                    min: number | null;
                    received: number;
                    stddev: number | null;
                };
                temperature: {
                    max: number | null;
                    mean: number | null;
                    min: number | null;
                    received: number;
                    stddev: number | null;
                };
                wind_angle: {
                    max: number | null;
                    mean: number | null;
                    min: number | null;
                    received: number;
                    stddev: number | null;
                };
                wind_direction_sectors: {
                    max: number | null;
                    mean: number | null;
                    min: number | null;
                    received: number;
                    stddev: number | null;
                };
                wind_speed: {
                    max: number | null;
                    mean: number | null;
                    min: number | null;
                    received: number;
                    stddev: number | null;
                };
            };
            rows: number;
        };
        TurnRequest: {
            /**
             * @description Count what would change, and keep nothing.
             * @default false
             */
            dry_run?: boolean;
        };
        /** @description With `datasource_ids` or `clients` it is told only of batches all of whose sources are among these. */
        Webhook: {
            active: boolean;
            clients: string[] | null;
            /** Format: date-time */
            created_at: string;
            datasource_ids: number[] | null;
            description: string | null;
            /** @description null: all. */
            events: ("batch.completed" | "batch.completed_with_rejections" | "batch.failed" | "batch.duplicate" | "batch.undone" | "batch.redone")[] | null;
            /** Format: uuid */
            id: string;
            /** @description Where nobody switched it off: its address answered 410, or too many deliveries in a row were given up. */
            off_because: ("gone" | "given_up") | null;
            /** @description Until then messages are signed with the secret before, too. */
            old_secret_until: string | null;
            /** Format: date-time */
            updated_at: string;
            url: string;
        };
        WebhookChange: {
            active?: boolean;
            clients?: string[] | null;
            datasource_ids?: number[] | null;
            description?: string | null;
            events?: ("batch.completed" | "batch.completed_with_rejections" | "batch.failed" | "batch.duplicate" | "batch.undone" | "batch.redone")[] | null;
            /** @description https, without a user or password in it. */
            url?: string;
        };
        WebhookToCreate: {
            active?: boolean;
            clients?: string[] | null;
            datasource_ids?: number[] | null;
            description?: string | null;
            events?: ("batch.completed" | "batch.completed_with_rejections" | "batch.failed" | "batch.duplicate" | "batch.undone" | "batch.redone")[] | null;
            /** @description https, without a user or password in it. */
            url: string;
        };
    };
    responses: {
        /** @description The request is not valid. */
        Problem400: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description An API key is needed, or the one that was sent is not valid. */
        Problem401: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Refused. */
        Problem403: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Not found. */
        Problem404: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It contradicts what is stored. */
        Problem409: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description It was here and is gone. */
        Problem410: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Too large. */
        Problem413: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is of a type that is not read here. */
        Problem415: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The content cannot be used. */
        Problem422: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Too many; `Retry-After` says when to try again. */
        Problem429: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Something broke inside. */
        Problem500: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Not at this time; `Retry-After` says when to try again. */
        Problem503: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The disk is full. */
        Problem507: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listBatches: {
        parameters: {
            query?: {
                /** @description Batches of these readings. */
                dataset?: "energy_hourly" | "energy_daily" | "environmental_metrics" | "dairy_production";
                /** @description Batches that touched this source, alone or among others. */
                datasource_id?: number;
                /** @description Created at or after this; a bare date is midnight UTC. */
                from?: string;
                /** @description Counted from 1. */
                page?: number;
                /** @description Rows of a page. */
                page_size?: number;
                /** @description A leading minus sorts from high to low. */
                sort?: "created_at" | "-created_at" | "completed_at" | "-completed_at" | "records_read" | "-records_read" | "records_rejected" | "-records_rejected" | "source_name" | "-source_name";
                /** @description How it came in: dropped, uploaded, handed in as readings, … */
                source_type?: "file" | "upload" | "api" | "manual" | "legacy";
                /** @description Batches that are in this state now. */
                status?: "pending" | "processing" | "completed" | "failed" | "undone" | "duplicate";
                /** @description Created before this. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Batch"][];
                        page: number;
                        page_size: number;
                        total: number;
                        total_pages: number;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    uploadFile: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": {
                    /** @description external_id or alias of the source; else the file name or the mapping says it. */
                    datasource?: string;
                    /**
                     * Format: date
                     * @description The day of a file whose records do not say it.
                     */
                    date?: string;
                    /** @enum {string} */
                    date_order?: "mdy" | "dmy" | "ymd";
                    /**
                     * @description Load, report, and take everything back.
                     * @default false
                     * @enum {string}
                     */
                    dry_run?: "true" | "false";
                    /** @description The bytes of the file. */
                    file: string;
                    /**
                     * @description Load although the same bytes were loaded before.
                     * @default false
                     * @enum {string}
                     */
                    force?: "true" | "false";
                    /** @description Name of the mapping; else the headers decide. */
                    mapping?: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
            507: components["responses"]["Problem507"];
        };
    };
    getBatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the batch. */
                batch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    followBatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the batch. */
                batch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description text/event-stream */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": unknown;
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    getBatchFile: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the batch. */
                batch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": string;
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            410: components["responses"]["Problem410"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    getOperation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The batch that it was asked of. */
                batch_id: string;
                /** @description `id` of the operation. */
                operation_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    redoBatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the batch. */
                batch_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TurnRequest"] | null;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Not done yet: `Location` tells where to look. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            410: components["responses"]["Problem410"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    listRejections: {
        parameters: {
            query?: {
                /** @description Counted from 1. */
                page?: number;
                /** @description Rows of a page. */
                page_size?: number;
            };
            header?: never;
            path: {
                /** @description Id of the batch. */
                batch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Refused records */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Rejection"][];
                        page: number;
                        page_size: number;
                        total: number;
                        total_pages: number;
                    };
                    "text/csv": unknown;
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    replayBatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the batch. */
                batch_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ReplayRequest"] | null;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Not done yet: `Location` tells where to look. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            410: components["responses"]["Problem410"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    undoBatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the batch. */
                batch_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["TurnRequest"] | null;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            /** @description Not done yet: `Location` tells where to look. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Operation"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            410: components["responses"]["Problem410"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    summarizeBatches: {
        parameters: {
            query?: {
                /** @description Batches of these readings. */
                dataset?: "energy_hourly" | "energy_daily" | "environmental_metrics" | "dairy_production";
                /** @description Batches that touched this source, alone or among others. */
                datasource_id?: number;
                /** @description Created at or after this; a bare date is midnight UTC. */
                from?: string;
                /** @description How it came in: dropped, uploaded, handed in as readings, … */
                source_type?: "file" | "upload" | "api" | "manual" | "legacy";
                /** @description Batches that are in this state now. */
                status?: "pending" | "processing" | "completed" | "failed" | "undone" | "duplicate";
                /** @description Created before this. */
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchSummary"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    aggregateDairy: {
        parameters: {
            query?: {
                /** @description Reads what the tables said at this instant, before later loads and undos. */
                as_of?: string;
                /** @description All sources of this client; with ids, only those of them that belong to it. */
                client?: string;
                /** @description May be repeated. */
                datasource_id?: number[];
                /** @description May be repeated; the same as datasource_id, by name. */
                external_id?: string[];
                /** @description Inclusive. RFC 3339, or a date: midnight in `tz`. */
                from?: string;
                /** @description Calendar intervals of `tz`; weeks begin on Monday. */
                interval?: "hour" | "day" | "week" | "month" | "quarter" | "year";
                /** @description Leaves out rows with less; 0 to 1. */
                min_completeness?: number;
                /** @description Exclusive. RFC 3339, or a date: midnight in `tz`. */
                to?: string;
                /** @description Zone of bare dates; else the zone of each source, else UTC. */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By datasource and time. Intervals without a reading are there, with `received` 0. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Aggregate_dairy_production"][];
                    };
                    "text/csv": unknown;
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            410: components["responses"]["Problem410"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    listDairyDaily: {
        parameters: {
            query?: {
                /** @description Reads what the tables said at this instant, before later loads and undos. */
                as_of?: string;
                /** @description All sources of this client; with ids, only those of them that belong to it. */
                client?: string;
                /** @description `next_cursor` of the page before, with the same query. */
                cursor?: string;
                /** @description May be repeated. */
                datasource_id?: number[];
                /** @description May be repeated; the same as datasource_id, by name. */
                external_id?: string[];
                /** @description The form of the answer; stands over `Accept`. All but json have all rows; xlsx up to 100,000. */
                format?: "json" | "csv" | "ndjson" | "parquet" | "xlsx";
                /** @description Inclusive. RFC 3339, or a date: midnight in `tz`. */
                from?: string;
                /** @description Rows of a JSON page; the other forms have all rows. */
                limit?: number;
                /** @description Exclusive. RFC 3339, or a date: midnight in `tz`. */
                to?: string;
                /** @description Zone of bare dates; else the zone of each source, else UTC. */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ordered by datasource and time. All forms have the same columns; all but JSON have all rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Measurement_dairy_production"][];
                        /** @description null on the last page. */
                        next_cursor: string | null;
                    };
                    "application/vnd.apache.parquet": unknown;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": unknown;
                    "application/x-ndjson": unknown;
                    "text/csv": unknown;
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            410: components["responses"]["Problem410"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    postDairyDaily: {
        parameters: {
            query?: {
                /** @description Load although the same readings were handed in before: what was changed since is changed back. */
                force?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reading_dairy_production"][];
                "application/x-ndjson": components["schemas"]["Reading_dairy_production"][];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadingsResult"];
                };
            };
            /** @description Not loaded yet: `Location` tells where to look. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            409: components["responses"]["Problem409"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
            507: components["responses"]["Problem507"];
        };
    };
    traceDairyDaily: {
        parameters: {
            query: {
                /** @description The `production_date` of the reading. */
                at: string;
                /** @description The source, by its number. */
                datasource_id?: number;
                /** @description The source, by its name; one of the two must be given. */
                external_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Provenance_dairy_production"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    latestDairy: {
        parameters: {
            query?: {
                /** @description Reads what the tables said at this instant, before later loads and undos. */
                as_of?: string;
                /** @description All sources of this client; with ids, only those of them that belong to it. */
                client?: string;
                /** @description May be repeated. */
                datasource_id?: number[];
                /** @description May be repeated; the same as datasource_id, by name. */
                external_id?: string[];
                /** @description Inclusive. RFC 3339, or a date: midnight in `tz`. */
                from?: string;
                /** @description Exclusive. RFC 3339, or a date: midnight in `tz`. */
                to?: string;
                /** @description Zone of bare dates; else the zone of each source, else UTC. */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By datasource. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Measurement_dairy_production"][];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            410: components["responses"]["Problem410"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    statsDairy: {
        parameters: {
            query?: {
                /** @description Reads what the tables said at this instant, before later loads and undos. */
                as_of?: string;
                /** @description All sources of this client; with ids, only those of them that belong to it. */
                client?: string;
                /** @description May be repeated. */
                datasource_id?: number[];
                /** @description May be repeated; the same as datasource_id, by name. */
                external_id?: string[];
                /** @description Inclusive. RFC 3339, or a date: midnight in `tz`. */
                from?: string;
                /** @description Exclusive. RFC 3339, or a date: midnight in `tz`. */
                to?: string;
                /** @description Zone of bare dates; else the zone of each source, else UTC. */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By datasource. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Stats_dairy_production"][];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            410: components["responses"]["Problem410"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    listDatasources: {
        parameters: {
            query?: {
                /** @description Those of this client. */
                client?: string;
                /** @description Those that measure this. */
                data_type?: "energy" | "weather" | "dairy" | "pv" | "other";
                /** @description Counted from 1. */
                page?: number;
                /** @description Rows of a page. */
                page_size?: number;
                /** @description Found anywhere in external_id, name, alias, client or description. */
                q?: string;
                /** @description A leading minus sorts from high to low. */
                sort?: "id" | "-id" | "external_id" | "-external_id" | "name" | "-name" | "client" | "-client" | "created_at" | "-created_at" | "updated_at" | "-updated_at";
                /** @description Those whose readings come this way. */
                source_category?: "device" | "file" | "api" | "manual";
                /** @description `offline` are the retired ones. */
                status?: "online" | "offline" | "maintenance" | "unknown";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Datasource"][];
                        page: number;
                        page_size: number;
                        total: number;
                        total_pages: number;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    createDatasource: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DatasourceToCreate"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Datasource"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            409: components["responses"]["Problem409"];
            415: components["responses"]["Problem415"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    getDatasource: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of the datasource. */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Datasource"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    deleteDatasource: {
        parameters: {
            query?: {
                /** @description With purge: its external_id, exactly. */
                confirm?: string;
                /** @description true: remove the datasource and all its data for good. */
                purge?: "true" | "false";
            };
            header?: never;
            path: {
                /** @description Number of the datasource. */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Datasource"] | components["schemas"]["PurgeResult"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    changeDatasource: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of the datasource. */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DatasourceChange"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Datasource"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            409: components["responses"]["Problem409"];
            415: components["responses"]["Problem415"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    listGaps: {
        parameters: {
            query?: {
                /** @description First local day; without it, the first reading. */
                from?: string;
                /** @description The local day after the last; without it, the last reading. */
                to?: string;
                /** @description Per cent of the reading of a day. */
                tolerance?: number;
            };
            header?: never;
            path: {
                /** @description Number of the datasource. */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        disagreements: {
                            daily_kwh: number;
                            datasource_id: number;
                            day: string;
                            difference_kwh: number;
                            expected_hours: number;
                            external_id: string;
                            hours: number;
                            hours_kwh: number;
                        }[];
                        gaps: {
                            dataset: string;
                            datasource_id: number;
                            external_id: string;
                            /** Format: date-time */
                            from: string;
                            local_from: string;
                            local_to: string;
                            /** @description Hours of the clock, or days, without a reading. */
                            missing: number;
                            /** Format: date-time */
                            to: string;
                            /** @enum {string} */
                            unit: "hour" | "day";
                            whole_days: number;
                        }[];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    getDatasourceByExternalId: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The name by which files and other systems know the datasource. */
                external_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Datasource"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    listFreshness: {
        parameters: {
            query?: {
                /** @description As it was then; now where it is not given. */
                at?: string;
                /** @description Those of this client. */
                client?: string;
                /** @description May be repeated; else all. */
                datasource_id?: number[];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            age_seconds: number | null;
                            client: string | null;
                            /** @description Null for a source without any reading. */
                            dataset: string | null;
                            datasource_id: number;
                            /** @description The median distance of its deliveries, in the time of the readings. */
                            delivery_seconds: number | null;
                            /** @description One and a half deliveries and two steps after the last reading. */
                            due_at: string | null;
                            external_id: string;
                            last_loaded_at: string | null;
                            /** @description A local day counts as its end. */
                            last_reading: string | null;
                            name: string;
                            /**
                             * @description `late` after `due_at`; `unexpected`: the source is offline or in maintenance.
                             * @enum {string}
                             */
                            state: "late" | "fresh" | "never" | "unexpected";
                            /** @description The most frequent distance of its last readings. */
                            step_seconds: number | null;
                            timezone: string | null;
                        }[];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    listDatasourceTypes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: {
                            /** @enum {string} */
                            data_type: "energy" | "weather" | "dairy" | "pv" | "other";
                            datasets: string[];
                            datasources: number;
                        }[];
                        source_categories: ("device" | "file" | "api" | "manual")[];
                        statuses: ("online" | "offline" | "maintenance" | "unknown")[];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    aggregateEnergy: {
        parameters: {
            query?: {
                /** @description Reads what the tables said at this instant, before later loads and undos. */
                as_of?: string;
                /** @description All sources of this client; with ids, only those of them that belong to it. */
                client?: string;
                /** @description May be repeated. */
                datasource_id?: number[];
                /** @description May be repeated; the same as datasource_id, by name. */
                external_id?: string[];
                /** @description Inclusive. RFC 3339, or a date: midnight in `tz`. */
                from?: string;
                /** @description Which readings are summed. */
                granularity?: "hourly" | "daily";
                /** @description Calendar intervals of `tz`; weeks begin on Monday. */
                interval?: "hour" | "day" | "week" | "month" | "quarter" | "year";
                /** @description Leaves out rows with less; 0 to 1. */
                min_completeness?: number;
                /** @description Exclusive. RFC 3339, or a date: midnight in `tz`. */
                to?: string;
                /** @description Zone of bare dates; else the zone of each source, else UTC. */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By datasource and time. Intervals without a reading are there, with `received` 0. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Aggregate_energy_hourly"][];
                    };
                    "text/csv": unknown;
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            410: components["responses"]["Problem410"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    listEnergyDaily: {
        parameters: {
            query?: {
                /** @description Reads what the tables said at this instant, before later loads and undos. */
                as_of?: string;
                /** @description All sources of this client; with ids, only those of them that belong to it. */
                client?: string;
                /** @description `next_cursor` of the page before, with the same query. */
                cursor?: string;
                /** @description May be repeated. */
                datasource_id?: number[];
                /** @description May be repeated; the same as datasource_id, by name. */
                external_id?: string[];
                /** @description The form of the answer; stands over `Accept`. All but json have all rows; xlsx up to 100,000. */
                format?: "json" | "csv" | "ndjson" | "parquet" | "xlsx";
                /** @description Inclusive. RFC 3339, or a date: midnight in `tz`. */
                from?: string;
                /** @description Rows of a JSON page; the other forms have all rows. */
                limit?: number;
                /** @description Exclusive. RFC 3339, or a date: midnight in `tz`. */
                to?: string;
                /** @description Zone of bare dates; else the zone of each source, else UTC. */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ordered by datasource and time. All forms have the same columns; all but JSON have all rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Measurement_energy_daily"][];
                        /** @description null on the last page. */
                        next_cursor: string | null;
                    };
                    "application/vnd.apache.parquet": unknown;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": unknown;
                    "application/x-ndjson": unknown;
                    "text/csv": unknown;
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            410: components["responses"]["Problem410"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    postEnergyDaily: {
        parameters: {
            query?: {
                /** @description Load although the same readings were handed in before: what was changed since is changed back. */
                force?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reading_energy_daily"][];
                "application/x-ndjson": components["schemas"]["Reading_energy_daily"][];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadingsResult"];
                };
            };
            /** @description Not loaded yet: `Location` tells where to look. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            409: components["responses"]["Problem409"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
            507: components["responses"]["Problem507"];
        };
    };
    traceEnergyDaily: {
        parameters: {
            query: {
                /** @description The `ts` of the reading. */
                at: string;
                /** @description The source, by its number. */
                datasource_id?: number;
                /** @description The source, by its name; one of the two must be given. */
                external_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Provenance_energy_daily"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    listEnergyHourly: {
        parameters: {
            query?: {
                /** @description Reads what the tables said at this instant, before later loads and undos. */
                as_of?: string;
                /** @description All sources of this client; with ids, only those of them that belong to it. */
                client?: string;
                /** @description `next_cursor` of the page before, with the same query. */
                cursor?: string;
                /** @description May be repeated. */
                datasource_id?: number[];
                /** @description May be repeated; the same as datasource_id, by name. */
                external_id?: string[];
                /** @description The form of the answer; stands over `Accept`. All but json have all rows; xlsx up to 100,000. */
                format?: "json" | "csv" | "ndjson" | "parquet" | "xlsx";
                /** @description Inclusive. RFC 3339, or a date: midnight in `tz`. */
                from?: string;
                /** @description Rows of a JSON page; the other forms have all rows. */
                limit?: number;
                /** @description Exclusive. RFC 3339, or a date: midnight in `tz`. */
                to?: string;
                /** @description Zone of bare dates; else the zone of each source, else UTC. */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ordered by datasource and time. All forms have the same columns; all but JSON have all rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Measurement_energy_hourly"][];
                        /** @description null on the last page. */
                        next_cursor: string | null;
                    };
                    "application/vnd.apache.parquet": unknown;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": unknown;
                    "application/x-ndjson": unknown;
                    "text/csv": unknown;
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            410: components["responses"]["Problem410"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    postEnergyHourly: {
        parameters: {
            query?: {
                /** @description Load although the same readings were handed in before: what was changed since is changed back. */
                force?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reading_energy_hourly"][];
                "application/x-ndjson": components["schemas"]["Reading_energy_hourly"][];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadingsResult"];
                };
            };
            /** @description Not loaded yet: `Location` tells where to look. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            409: components["responses"]["Problem409"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
            507: components["responses"]["Problem507"];
        };
    };
    traceEnergyHourly: {
        parameters: {
            query: {
                /** @description The `ts` of the reading. */
                at: string;
                /** @description The source, by its number. */
                datasource_id?: number;
                /** @description The source, by its name; one of the two must be given. */
                external_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Provenance_energy_hourly"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    latestEnergy: {
        parameters: {
            query?: {
                /** @description Reads what the tables said at this instant, before later loads and undos. */
                as_of?: string;
                /** @description All sources of this client; with ids, only those of them that belong to it. */
                client?: string;
                /** @description May be repeated. */
                datasource_id?: number[];
                /** @description May be repeated; the same as datasource_id, by name. */
                external_id?: string[];
                /** @description Inclusive. RFC 3339, or a date: midnight in `tz`. */
                from?: string;
                /** @description Which readings are looked at. */
                granularity?: "hourly" | "daily";
                /** @description Exclusive. RFC 3339, or a date: midnight in `tz`. */
                to?: string;
                /** @description Zone of bare dates; else the zone of each source, else UTC. */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By datasource. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Measurement_energy_hourly"][];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            410: components["responses"]["Problem410"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    statsEnergy: {
        parameters: {
            query?: {
                /** @description Reads what the tables said at this instant, before later loads and undos. */
                as_of?: string;
                /** @description All sources of this client; with ids, only those of them that belong to it. */
                client?: string;
                /** @description May be repeated. */
                datasource_id?: number[];
                /** @description May be repeated; the same as datasource_id, by name. */
                external_id?: string[];
                /** @description Inclusive. RFC 3339, or a date: midnight in `tz`. */
                from?: string;
                /** @description Which readings are looked at. */
                granularity?: "hourly" | "daily";
                /** @description Exclusive. RFC 3339, or a date: midnight in `tz`. */
                to?: string;
                /** @description Zone of bare dates; else the zone of each source, else UTC. */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By datasource. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Stats_energy_hourly"][];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            410: components["responses"]["Problem410"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    listEnvironmental: {
        parameters: {
            query?: {
                /** @description Reads what the tables said at this instant, before later loads and undos. */
                as_of?: string;
                /** @description All sources of this client; with ids, only those of them that belong to it. */
                client?: string;
                /** @description `next_cursor` of the page before, with the same query. */
                cursor?: string;
                /** @description May be repeated. */
                datasource_id?: number[];
                /** @description May be repeated; the same as datasource_id, by name. */
                external_id?: string[];
                /** @description The form of the answer; stands over `Accept`. All but json have all rows; xlsx up to 100,000. */
                format?: "json" | "csv" | "ndjson" | "parquet" | "xlsx";
                /** @description Inclusive. RFC 3339, or a date: midnight in `tz`. */
                from?: string;
                /** @description Rows of a JSON page; the other forms have all rows. */
                limit?: number;
                /** @description Exclusive. RFC 3339, or a date: midnight in `tz`. */
                to?: string;
                /** @description Zone of bare dates; else the zone of each source, else UTC. */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ordered by datasource and time. All forms have the same columns; all but JSON have all rows. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Measurement_environmental_metrics"][];
                        /** @description null on the last page. */
                        next_cursor: string | null;
                    };
                    "application/vnd.apache.parquet": unknown;
                    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": unknown;
                    "application/x-ndjson": unknown;
                    "text/csv": unknown;
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            410: components["responses"]["Problem410"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    postEnvironmental: {
        parameters: {
            query?: {
                /** @description Load although the same readings were handed in before: what was changed since is changed back. */
                force?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Reading_environmental_metrics"][];
                "application/x-ndjson": components["schemas"]["Reading_environmental_metrics"][];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadingsResult"];
                };
            };
            /** @description Not loaded yet: `Location` tells where to look. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Batch"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            409: components["responses"]["Problem409"];
            413: components["responses"]["Problem413"];
            415: components["responses"]["Problem415"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
            507: components["responses"]["Problem507"];
        };
    };
    aggregateEnvironmental: {
        parameters: {
            query?: {
                /** @description Reads what the tables said at this instant, before later loads and undos. */
                as_of?: string;
                /** @description All sources of this client; with ids, only those of them that belong to it. */
                client?: string;
                /** @description May be repeated. */
                datasource_id?: number[];
                /** @description May be repeated; the same as datasource_id, by name. */
                external_id?: string[];
                /** @description Inclusive. RFC 3339, or a date: midnight in `tz`. */
                from?: string;
                /** @description Calendar intervals of `tz`; weeks begin on Monday. */
                interval?: "hour" | "day" | "week" | "month" | "quarter" | "year";
                /** @description Leaves out rows with less; 0 to 1. */
                min_completeness?: number;
                /** @description Exclusive. RFC 3339, or a date: midnight in `tz`. */
                to?: string;
                /** @description Zone of bare dates; else the zone of each source, else UTC. */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By datasource and time. Intervals without a reading are there, with `received` 0. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Aggregate_environmental_metrics"][];
                    };
                    "text/csv": unknown;
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            410: components["responses"]["Problem410"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    latestEnvironmental: {
        parameters: {
            query?: {
                /** @description Reads what the tables said at this instant, before later loads and undos. */
                as_of?: string;
                /** @description All sources of this client; with ids, only those of them that belong to it. */
                client?: string;
                /** @description May be repeated. */
                datasource_id?: number[];
                /** @description May be repeated; the same as datasource_id, by name. */
                external_id?: string[];
                /** @description Inclusive. RFC 3339, or a date: midnight in `tz`. */
                from?: string;
                /** @description Exclusive. RFC 3339, or a date: midnight in `tz`. */
                to?: string;
                /** @description Zone of bare dates; else the zone of each source, else UTC. */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By datasource. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Measurement_environmental_metrics"][];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            410: components["responses"]["Problem410"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    traceEnvironmental: {
        parameters: {
            query: {
                /** @description The `timestamp` of the reading. */
                at: string;
                /** @description The source, by its number. */
                datasource_id?: number;
                /** @description The source, by its name; one of the two must be given. */
                external_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Provenance_environmental_metrics"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    statsEnvironmental: {
        parameters: {
            query?: {
                /** @description Reads what the tables said at this instant, before later loads and undos. */
                as_of?: string;
                /** @description All sources of this client; with ids, only those of them that belong to it. */
                client?: string;
                /** @description May be repeated. */
                datasource_id?: number[];
                /** @description May be repeated; the same as datasource_id, by name. */
                external_id?: string[];
                /** @description Inclusive. RFC 3339, or a date: midnight in `tz`. */
                from?: string;
                /** @description Exclusive. RFC 3339, or a date: midnight in `tz`. */
                to?: string;
                /** @description Zone of bare dates; else the zone of each source, else UTC. */
                tz?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By datasource. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Stats_environmental_metrics"][];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            410: components["responses"]["Problem410"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    getError: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As in `code` of a failure, such as `file_empty`. */
                code: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ErrorEntry"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            403: components["responses"]["Problem403"];
            /** @description Default Response */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    listKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Key"][];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    clients?: string[];
                    datasource_ids?: number[];
                    expires_at?: string;
                    name: string;
                    scopes: ("read" | "ingest" | "admin")[];
                };
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewKey"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            415: components["responses"]["Problem415"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    revokeKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of the key. */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Prometheus text format */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    getReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    listWebhooks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Webhook"][];
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    createWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookToCreate"];
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewWebhook"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            415: components["responses"]["Problem415"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    getWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As `GET /webhooks` shows it. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    deleteWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As `GET /webhooks` shows it. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    changeWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As `GET /webhooks` shows it. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookChange"];
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            415: components["responses"]["Problem415"];
            422: components["responses"]["Problem422"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                /** @description Counted from 1. */
                page?: number;
                /** @description Rows of a page. */
                page_size?: number;
                /** @description Only deliveries of which this has become. */
                status?: "pending" | "delivered" | "given_up";
            };
            header?: never;
            path: {
                /** @description As `GET /webhooks` shows it. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: components["schemas"]["Delivery"][];
                        page: number;
                        page_size: number;
                        total: number;
                        total_pages: number;
                    };
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    retryDelivery: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `webhook-id` of the message. */
                delivery_id: string;
                /** @description As `GET /webhooks` shows it. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    renewWebhookSecret: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As `GET /webhooks` shows it. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewWebhook"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As `GET /webhooks` shows it. */
                webhook_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            400: components["responses"]["Problem400"];
            401: components["responses"]["Problem401"];
            403: components["responses"]["Problem403"];
            404: components["responses"]["Problem404"];
            429: components["responses"]["Problem429"];
            500: components["responses"]["Problem500"];
            503: components["responses"]["Problem503"];
        };
    };
}
