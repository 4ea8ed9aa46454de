/** One metric as `/metrics` shows it. The table makes docs/3.reference/metrics.md. */
export interface MetricRow {
  readonly name: string;
  readonly kind: 'counter' | 'histogram' | 'gauge';
  readonly labels: readonly string[];
  readonly meaning: string;
}

const counter = (name: string, labels: readonly string[], meaning: string): MetricRow => ({
  name,
  kind: 'counter',
  labels,
  meaning,
});
const histogram = (name: string, labels: readonly string[], meaning: string): MetricRow => ({
  name,
  kind: 'histogram',
  labels,
  meaning,
});
const gauge = (name: string, labels: readonly string[], meaning: string): MetricRow => ({
  name,
  kind: 'gauge',
  labels,
  meaning,
});

/** Every metric of the program. Counters and histograms count since the process started; gauges are read when asked. */
export const METRICS: readonly MetricRow[] = [
  counter('harmattan_poll_rounds_total', ['outcome'], 'Rounds of polling, by whether every place was served.'),
  counter('harmattan_poll_readings_total', ['source'], 'Readings that came in rounds.'),
  counter('harmattan_poll_missing_slots_total', ['reason'], 'Slots that a round gave up, by why.'),
  counter('harmattan_poll_calls_total', ['source', 'outcome'], 'Calls made to a provider, by how they ended.'),
  histogram('harmattan_poll_call_seconds', ['source'], 'How long a call to a provider took.'),
  counter('harmattan_poll_quota_units_total', ['source'], 'Quota units charged.'),
  counter('harmattan_poll_retries_total', ['source'], 'Second and later tries within a slot.'),
  counter('harmattan_poll_backfilled_slots_total', ['source'], 'Slots filled after their time.'),
  counter('harmattan_poll_append_retries_total', ['topic'], 'Appends to the journal that had to be tried again.'),
  counter('harmattan_process_records_total', [], 'Journal records processed.'),
  counter('harmattan_process_observations_total', ['result'], 'Observations by what became of them.'),
  counter('harmattan_process_quarantined_total', ['code'], 'Records or items put into quarantine, by reason.'),
  counter('harmattan_process_retries_total', ['code'], 'Batches tried again after a failure.'),
  counter('harmattan_process_conflicts_total', [], 'Batches read again because another writer was first.'),
  histogram('harmattan_process_batch_seconds', [], 'How long a batch took, read to commit.'),
  histogram('harmattan_process_arrival_seconds', [], 'From append to commit, of the oldest record of each batch.'),
  counter('harmattan_forecast_issues_total', [], 'Forecasts issued.'),
  counter('harmattan_forecast_retries_total', ['code'], 'Forecast batches tried again after a failure.'),
  counter('harmattan_watch_evaluations_total', [], 'Times the rules were evaluated and the outcome kept.'),
  histogram('harmattan_watch_evaluation_seconds', [], 'How long an evaluation took, with reading and keeping.'),
  gauge('harmattan_watch_active_alerts', ['rule', 'severity'], 'Alerts that last.'),
  counter(
    'harmattan_watch_failures_total',
    ['code'],
    'Evaluations that failed; the next one takes everything up again.',
  ),
  counter(
    'harmattan_watch_notifications_total',
    ['news'],
    'Messages decided on, by what they tell; deliveries count once per channel.',
  ),
  counter(
    'harmattan_watch_deliveries_total',
    ['channel', 'outcome'],
    'Tries to deliver a message, by how they ended: delivered, failed (tried again), dead (given up).',
  ),
  counter('harmattan_index_records_total', [], 'Journal records brought to the search index.'),
  counter('harmattan_index_documents_total', ['result'], 'Documents by what became of them in the search index.'),
  counter('harmattan_index_resent_documents_total', [], 'Documents sent again because the search engine was busy.'),
  counter('harmattan_index_retries_total', ['code'], 'Batches tried again after a failure of the search engine.'),
  histogram('harmattan_index_batch_seconds', [], 'How long a batch took, read to commit.'),
  counter('harmattan_serve_requests_total', ['method', 'route', 'status'], 'Requests answered.'),
  histogram('harmattan_serve_request_seconds', ['route'], 'How long a request took.'),
  counter('harmattan_serve_live_events_total', ['event'], 'Live events made, each counted once for all listeners.'),
  counter('harmattan_serve_live_dropped_total', [], 'Live listeners dropped because they did not read.'),
  gauge('harmattan_serve_live_clients', [], 'Live listeners held at this moment.'),
  gauge('harmattan_stage_lag_messages', ['stage'], 'What waits before a stage.'),
  gauge('harmattan_stage_lag_seconds', ['stage'], 'Age of the oldest that waits before a stage.'),
  gauge(
    'harmattan_stage_last_success_timestamp_seconds',
    ['stage'],
    'When a stage last finished something, Unix time.',
  ),
  gauge('harmattan_journal_lag_messages', ['group', 'topic'], 'Records of a topic that a group has not read.'),
  gauge('harmattan_journal_lag_seconds', ['group', 'topic'], 'Age of the oldest record that a group has not read.'),
  gauge(
    'harmattan_journal_lost_records',
    ['group', 'topic'],
    'Records that retention dropped before an optional group read them.',
  ),
  gauge('harmattan_poll_quota_left_units', ['source', 'window'], 'What is left of a provider’s quota.'),
  gauge('harmattan_store_slots', ['state'], 'Slots of the last 24 hours by state.'),
  gauge('harmattan_store_quarantined', ['code'], 'Records in quarantine by reason.'),
  gauge('harmattan_store_observations', [], 'Stored observations.'),
  gauge('harmattan_place_reading_age_seconds', ['place'], 'Age of a place’s newest reading.'),
  gauge(
    'harmattan_forecast_error_celsius',
    ['lead', 'measure'],
    'Verified errors (mae, bias, crps) of the last 7 days’ forecasts by hours ahead, over the places.',
  ),
  gauge(
    'harmattan_forecast_coverage_ratio',
    ['lead', 'band'],
    'Share of readings inside the central 50 and 80 % bands of the last 7 days’ forecasts.',
  ),
  gauge('harmattan_ready', [], '1 when the program is ready.'),
  gauge('harmattan_info', ['version', 'mode'], 'Always 1; the labels say what runs.'),
];
