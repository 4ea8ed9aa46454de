import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The saved objects for Kibana, as one importable file. `--write` writes it, `--check` fails when it is stale. Panels are
 * aggregation-based and carry the migration versions of 7.10, so that Kibana 7.10 and later and OpenSearch Dashboards
 * read the same file.
 */
const FILE = fileURLToPath(new URL('../deploy/kibana/harmattan.ndjson', import.meta.url));
const VIEW_ID = 'harmattan-logs';
const VIEW_REFERENCE = 'kibanaSavedObjectMeta.searchSourceJSON.index';

interface Aggregation {
  readonly type: 'cardinality' | 'count' | 'date_histogram' | 'terms';
  readonly schema: 'metric' | 'segment' | 'group';
  readonly params: Readonly<Record<string, unknown>>;
}

interface Panel {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly type: 'histogram' | 'gauge' | 'horizontal_bar' | 'heatmap';
  readonly aggs: readonly Aggregation[];
  readonly params: Readonly<Record<string, unknown>>;
  /** Place on the dashboard, in its 48 columns. */
  readonly grid: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

/** Distinct slots: a slot counts once, however many places and sources answer it. */
const SLOTS: Aggregation = {
  type: 'cardinality',
  schema: 'metric',
  params: { field: 'slotAt', customLabel: 'Créneaux distincts' },
};

const axes = (time: 'bottom' | 'left') => ({
  categoryAxes: [
    {
      id: 'CategoryAxis-1',
      type: 'category',
      position: time,
      show: true,
      scale: { type: 'linear' },
      labels: { show: true, truncate: 100, filter: true },
      title: {},
    },
  ],
  valueAxes: [
    {
      id: 'ValueAxis-1',
      name: 'LeftAxis-1',
      type: 'value',
      position: time === 'bottom' ? 'left' : 'bottom',
      show: true,
      scale: { type: 'linear', mode: 'normal' },
      labels: { show: true, rotate: 0, filter: true, truncate: 100 },
      title: { text: 'Créneaux distincts' },
    },
  ],
  seriesParams: [
    {
      show: true,
      type: 'histogram',
      mode: 'stacked',
      data: { id: '1', label: 'Créneaux distincts' },
      valueAxis: 'ValueAxis-1',
      drawLinesBetweenPoints: true,
      showCircles: true,
    },
  ],
  addTooltip: true,
  addLegend: false,
  legendPosition: 'right',
  times: [],
  addTimeMarker: false,
  grid: { categoryLines: false },
});

const PANELS: readonly Panel[] = [
  {
    id: 'harmattan-arrivees',
    title: 'Arrivées des données',
    description: 'Créneaux distincts reçus par minute : un pic toutes les 15 minutes.',
    type: 'histogram',
    aggs: [
      SLOTS,
      {
        type: 'date_histogram',
        schema: 'segment',
        params: { field: 'event.created', interval: 'm', min_doc_count: 1, customLabel: 'Reçu à' },
      },
    ],
    params: axes('bottom'),
    grid: { x: 0, y: 0, w: 30, h: 15 },
  },
  {
    id: 'harmattan-arrivee-correcte',
    title: 'Arrivée correcte des données',
    description: 'Créneaux distincts reçus dans l’heure : 4 attendus.',
    type: 'gauge',
    aggs: [SLOTS],
    params: {
      type: 'gauge',
      addTooltip: true,
      addLegend: false,
      isDisplayWarning: false,
      gauge: {
        alignment: 'automatic',
        extendRange: true,
        percentageMode: false,
        gaugeType: 'Arc',
        gaugeStyle: 'Full',
        backStyle: 'Full',
        orientation: 'vertical',
        colorSchema: 'Green to Red',
        gaugeColorMode: 'Labels',
        colorsRange: [
          { from: 0, to: 3 },
          { from: 3, to: 4 },
          { from: 4, to: 5 },
        ],
        invertColors: true,
        labels: { show: true, color: 'black' },
        scale: { show: true, labels: false, color: 'rgba(105,112,125,0.2)' },
        type: 'meter',
        style: {
          bgWidth: 0.9,
          width: 0.9,
          mask: false,
          bgMask: false,
          maskBars: 50,
          bgFill: 'rgba(105,112,125,0.2)',
          bgColor: false,
          subText: '4 attendus par heure',
          fontSize: 60,
          labelColor: true,
        },
      },
    },
    grid: { x: 30, y: 0, w: 18, h: 15 },
  },
  {
    id: 'harmattan-arrivees-par-region',
    title: 'Arrivées par région',
    description: 'Créneaux distincts reçus dans l’heure, région par région : 4 attendus pour chacune.',
    type: 'horizontal_bar',
    aggs: [
      SLOTS,
      {
        type: 'terms',
        schema: 'segment',
        params: {
          field: 'region_name',
          size: 50,
          order: 'asc',
          orderBy: '_key',
          otherBucket: false,
          missingBucket: false,
          customLabel: 'Région',
        },
      },
    ],
    params: axes('left'),
    grid: { x: 0, y: 15, w: 48, h: 18 },
  },
];

const searchSource = (more: Record<string, unknown> = {}) => ({
  searchSourceJSON: JSON.stringify({ query: { query: '', language: 'kuery' }, filter: [], ...more }),
});

const viewObject = {
  id: VIEW_ID,
  type: 'index-pattern',
  migrationVersion: { 'index-pattern': '7.6.0' },
  attributes: { title: 'logs', timeFieldName: 'event.created' },
  references: [],
};

const panelObject = ({ id, title, description, type, aggs, params }: Panel) => ({
  id,
  type: 'visualization',
  migrationVersion: { visualization: '7.10.0' },
  attributes: {
    title,
    description,
    version: 1,
    uiStateJSON: '{}',
    visState: JSON.stringify({
      title,
      type,
      aggs: aggs.map((agg, at) => ({ id: String(at + 1), enabled: true, ...agg })),
      params: { type, ...params },
    }),
    kibanaSavedObjectMeta: searchSource({ indexRefName: VIEW_REFERENCE }),
  },
  references: [{ name: VIEW_REFERENCE, type: 'index-pattern', id: VIEW_ID }],
});

const dashboardObject = {
  id: 'harmattan',
  type: 'dashboard',
  migrationVersion: { dashboard: '7.9.3' },
  attributes: {
    title: 'Harmattan : arrivées',
    description: 'Ce qui est arrivé dans la dernière heure.',
    hits: 0,
    version: 1,
    timeRestore: true,
    timeFrom: 'now-1h',
    timeTo: 'now',
    refreshInterval: { pause: false, value: 60_000 },
    optionsJSON: JSON.stringify({ hidePanelTitles: false, useMargins: true }),
    panelsJSON: JSON.stringify(
      PANELS.map(({ id, grid }, at) => ({
        version: '7.10.2',
        gridData: { ...grid, i: id },
        panelIndex: id,
        embeddableConfig: {},
        panelRefName: `panel_${at}`,
      })),
    ),
    kibanaSavedObjectMeta: searchSource(),
  },
  references: PANELS.map(({ id }, at) => ({ name: `panel_${at}`, type: 'visualization', id })),
};

const lines = [viewObject, ...PANELS.map(panelObject), dashboardObject].map((object) => JSON.stringify(object));
const text = `${lines.join('\n')}\n`;

if (process.argv.includes('--write')) writeFileSync(FILE, text);
else if (readFileSync(FILE, 'utf8') !== text) {
  console.error('deploy/kibana/harmattan.ndjson is stale: node scripts/kibana.ts --write');
  process.exitCode = 1;
}
