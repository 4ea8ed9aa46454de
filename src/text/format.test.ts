import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../core/time.ts';
import { fromUnit, toUnit, UNITS, type Unit } from '../weather/unit.ts';
import { type Format, formatOf } from './format.ts';

const [fr, en] = [formatOf('fr'), formatOf('en')];
const AT = Date.UTC(2026, 10, 23, 12, 54);

/** No-break spaces shown as `_`: a wrong one is seen. */
const seen = (text: string) => text.replaceAll('\u00a0', '_').replaceAll('\u202f', '~');

const FORMATS: readonly [fr: string, en: string, (format: Format) => string][] = [
  ['0', '0', (f) => f.number(0)],
  ['0', '0', (f) => f.number(-0.2)],
  ['-4', '-4', (f) => f.number(-4)],
  ['10~000', '10,000', (f) => f.number(10_000)],
  ['1~000~000', '1,000,000', (f) => f.number(1_000_000)],
  ['2,1', '2.1', (f) => f.number(2.1, 1)],
  ['2,00', '2.00', (f) => f.number(2, 2)],
  ['30,0_°C', '30.0°C', (f) => f.quantity(30, 'celsius')],
  ['30_°C', '30°C', (f) => f.quantity(30, 'celsius', 0)],
  ['-3,5_°C', '-3.5°C', (f) => f.quantity(-3.5, 'celsius')],
  ['86_°F', '86°F', (f) => f.quantity(30, 'fahrenheit')],
  ['2,1_m/s', '2.1_m/s', (f) => f.quantity(2.1, 'metresPerSecond')],
  ['36_km/h', '36_km/h', (f) => f.quantity(10, 'kilometresPerHour')],
  ['19_nd', '19_kn', (f) => f.quantity(10, 'knots')],
  ['22_mi/h', '22_mph', (f) => f.quantity(10, 'milesPerHour')],
  ['1~013_hPa', '1,013_hPa', (f) => f.quantity(1013.2, 'hectopascals')],
  ['1,5_mm', '1.5_mm', (f) => f.quantity(1.5, 'millimetres')],
  ['0,0_mm', '0.0_mm', (f) => f.quantity(0, 'millimetres')],
  ['9,9_km', '9.9_km', (f) => f.quantity(9_900, 'kilometres')],
  ['800_m', '800_m', (f) => f.quantity(800, 'metres')],
  ['61_%', '61%', (f) => f.quantity(61, 'percent')],
  ['870_W/m²', '870_W/m²', (f) => f.quantity(870, 'wattsPerSquareMetre')],
  ['240°', '240°', (f) => f.quantity(240, 'degrees')],
  ['79_%', '79%', (f) => f.share(0.79)],
  ['0,5_%', '0.5%', (f) => f.share(0.005, 1)],
  ['12:54', '12:54', (f) => f.clock(AT)],
  ['00:00', '00:00', (f) => f.clock(Date.UTC(2026, 10, 23))],
  ['23/11', '23/11', (f) => f.date(AT)],
  ['23/11 12:54', '23/11 12:54', (f) => f.stamp(AT)],
  ['lundi 23 novembre 2026 à 12:54', 'Monday 23 November 2026 at 12:54', (f) => f.full(AT)],
  ['0_min', '0_min', (f) => f.duration(59_000)],
  ['34_min', '34_min', (f) => f.duration(34 * MINUTE_MS)],
  ['89_min', '89_min', (f) => f.duration(89 * MINUTE_MS)],
  ['3_h', '3_h', (f) => f.duration(3.9 * HOUR_MS)],
  ['2_j', '2_d', (f) => f.duration(2 * DAY_MS)],
  ['il y a 0 minute', '0 minutes ago', (f) => f.ago(-5)],
  ['il y a 12 minutes', '12 minutes ago', (f) => f.ago(12 * MINUTE_MS)],
  ['il y a 3 heures', '3 hours ago', (f) => f.ago(3 * HOUR_MS)],
  ['dans 12 minutes', 'in 12 minutes', (f) => f.until(12 * MINUTE_MS)],
  ['Kolda, Matam et Podor', 'Kolda, Matam and Podor', (f) => f.list(['Kolda', 'Matam', 'Podor'])],
];

describe('formats', () => {
  it('write forty things as readers of French and English do', () => {
    assert.equal(FORMATS.length, 40);
    assert.deepEqual(
      FORMATS.map(([, , write]) => [seen(write(fr)), seen(write(en).replace('Monday, ', 'Monday '))]),
      FORMATS.map(([inFrench, inEnglish]) => [inFrench, inEnglish]),
    );
  });

  it('show Dakar time unless another zone is named, wherever the reader is', () => {
    assert.equal(fr.clock(AT), '12:54');
    assert.equal(formatOf('fr', 'America/New_York').clock(AT), '07:54');
    assert.equal(formatOf('en', 'Asia/Kolkata').date(Date.UTC(2026, 10, 23, 20)), '24/11');
  });

  it('bring every unit back to the number it came from', () => {
    for (const unit of Object.keys(UNITS) as Unit[])
      for (const value of [-40, 0, 0.1, 21.7, 1013.25])
        assert.ok(Math.abs(fromUnit(toUnit(value, unit), unit) - value) < 1e-9, `${value} in ${unit}`);
  });

  it('convert as the definitions say', () => {
    assert.equal(toUnit(-40, 'fahrenheit'), -40);
    assert.equal(toUnit(100, 'fahrenheit'), 212);
    assert.equal(toUnit(1852 / 3600, 'knots'), 1);
    assert.equal(toUnit(0.44704, 'milesPerHour').toFixed(9), '1.000000000');
    assert.equal(toUnit(1, 'kilometresPerHour'), 3.6);
  });
});
