import { sourcePreference } from '../config/config.ts';
import type { Context } from '../core/context.ts';
import { engineForecaster } from '../forecast/engine.ts';
import { type ForecastStage, forecastStage } from '../forecast/forecast-stage.ts';
import type { Forecaster } from '../forecast/forecaster.ts';
import { priorFor, shippedPrior } from '../forecast/shipped-prior.ts';
import { OPERATOR_SOURCE } from '../weather/observation.ts';
import { commandContext } from './stages.ts';
import type { Workplace } from './workplace.ts';

/** The forecaster in place. Another one is chosen here and nowhere else. */
export const forecasterInPlace = (): Forecaster => engineForecaster(shippedPrior());

/** Forecasters from the coefficients of a folder: for a station those that know nothing of it. */
export const forecasterFrom =
  (folder: string) =>
  (station: string): Forecaster =>
    engineForecaster(priorFor(folder, station));

/** The forecast stage over a workplace. */
export function forecastStageOf(workplace: Workplace, context: Context = commandContext(workplace)): ForecastStage {
  const { store, places, config } = workplace;
  const preference = [OPERATOR_SOURCE, ...sourcePreference(config)];
  return forecastStage({
    store,
    forecaster: forecasterInPlace(),
    places,
    context,
    preference,
    options: config.forecast,
  });
}
