"""Runs Prophet and statsforecast on the windows that main.ts hands over.

Reads NDJSON on standard input: {"window": its name, "startAt", "context": [hourly °C, no gaps]}, and writes one line for
each window and model: {"window", "model", "mean": [48], "quantiles": [48][19], "seconds"}. A model that fails gives "error"
instead.
"""

import json
import logging
import sys
import time
import warnings

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
for name in ("cmdstanpy", "prophet", "prophet.plot"):
    logging.getLogger(name).setLevel(logging.CRITICAL)

from prophet import Prophet  # noqa: E402
from statsforecast.models import (  # noqa: E402
    MSTL,
    AutoARIMA,
    AutoETS,
    AutoTBATS,
    AutoTheta,
    SeasonalNaive,
)

HOURS = 48
LEVELS = np.arange(1, 20) / 20
#: Central shares whose ends are the 19 levels but the median.
SHARES = [10, 20, 30, 40, 50, 60, 70, 80, 90]


def quantiles_of(forecast):
    low = [forecast[f"lo-{share}"] for share in reversed(SHARES)]
    high = [forecast[f"hi-{share}"] for share in SHARES]
    return np.sort(np.stack([*low, forecast["mean"], *high], axis=1), axis=1)


def fourier(hours, pairs=3):
    angle = 2 * np.pi * np.asarray(hours)[:, None] * np.arange(1, pairs + 1) / 24
    return np.hstack([np.sin(angle), np.cos(angle)])


def nixtla(model):
    def run(values, _start):
        forecast = model().forecast(y=values, h=HOURS, level=SHARES)
        return forecast["mean"], quantiles_of(forecast)

    return run


def arima_fourier(values, _start):
    hours = np.arange(len(values) + HOURS)
    terms = fourier(hours)
    forecast = AutoARIMA(season_length=1).forecast(
        y=values, h=HOURS, X=terms[: len(values)], X_future=terms[len(values) :], level=SHARES
    )
    return forecast["mean"], quantiles_of(forecast)


def prophet(values, start):
    times = pd.date_range(start, periods=len(values) + HOURS, freq="h")
    model = Prophet(yearly_seasonality=False, weekly_seasonality=False, daily_seasonality=True)
    model.fit(pd.DataFrame({"ds": times[: len(values)], "y": values}), seed=1)
    future = pd.DataFrame({"ds": times[len(values) :]})
    np.random.seed(1)
    samples = model.predictive_samples(future)["yhat"]
    return model.predict(future)["yhat"].to_numpy(), np.quantile(samples, LEVELS, axis=1).T


MODELS = {
    "seasonal naive": nixtla(lambda: SeasonalNaive(season_length=24)),
    "MSTL": nixtla(lambda: MSTL(season_length=24)),
    "AutoETS": nixtla(lambda: AutoETS(season_length=24)),
    "AutoARIMA + Fourier": arima_fourier,
    "AutoTheta": nixtla(lambda: AutoTheta(season_length=24, decomposition_type="additive")),
    "AutoTBATS": nixtla(lambda: AutoTBATS(season_length=24)),
    "Prophet": prophet,
}


def main():
    chosen = sys.argv[1].split(",") if len(sys.argv) > 1 else list(MODELS)
    for line in sys.stdin:
        window = json.loads(line)
        values = np.asarray(window["context"], dtype=np.float64)
        for name in chosen:
            started = time.perf_counter()
            reply = {"window": window["window"], "model": name}
            try:
                mean, quantiles = MODELS[name](values, window["startAt"])
                if not (np.all(np.isfinite(mean)) and np.all(np.isfinite(quantiles))):
                    raise ValueError("not finite")
                reply["mean"] = np.round(mean, 3).tolist()
                reply["quantiles"] = np.round(quantiles, 3).tolist()
            except Exception as error:  # one model's failure is a result, not the end
                reply["error"] = f"{type(error).__name__}: {error}"
            reply["seconds"] = round(time.perf_counter() - started, 4)
            print(json.dumps(reply), flush=True)


main()
