"""The original's consumer: its schema and its steps, to the end of what the topic holds."""

import sys
from glob import glob

import requests
from pymongo import MongoClient
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, explode, from_json, to_timestamp
from pyspark.sql.types import ArrayType, DoubleType, IntegerType, StringType, StructField, StructType

brokers, topic, predict_url, mongodb_url, checkpoint, jars = sys.argv[1:]

TYPES = {
    DoubleType(): "lat lon data_temp data_feels_like data_dew_point data_uvi data_wind_speed data_wind_gust",
    IntegerType(): "timezone_offset data_dt data_sunrise data_sunset data_pressure data_humidity data_clouds"
    " data_visibility data_wind_deg data_weather_id",
    StringType(): "timezone region_name data_weather_main data_weather_description data_weather_icon",
}
SCHEMA = ArrayType(
    StructType([StructField(name, kind, True) for kind, names in TYPES.items() for name in names.split()])
)
RENAMED = {
    "data_weather_description": "description",
    "data_weather_main": "main",
    "data_weather_icon": "icon",
    "region_name": "region",
    "data_dt": "dt",
}
COLUMNS = (
    "dew_point feels_like humidity pressure sunrise sunset temp uvi visibility description main wind_deg wind_gust"
    " wind_speed lat lon region timezone icon timestamp"
).split()

database = MongoClient(mongodb_url).openweathermap


def forecast(region, rows):
    """Asks for the next hours of a region and keeps them by (region, timestamp)."""
    newest = rows[-1]
    payload = {
        "latitude": newest["lat"],
        "longitude": newest["lon"],
        "data": [{"ds": row["timestamp"], "y": row["temp"]} for row in rows],
    }
    reply = requests.get(predict_url, json=payload, headers={"Content-Type": "application/json"}, timeout=60)
    reply.raise_for_status()
    for prediction in reply.json()["predictions"]:
        key = {"region": region, "timestamp": prediction["timestamp"]}
        database.predictions.update_one(key, {"$set": {**key, "temperature": prediction["temperature"]}}, upsert=True)


def store(batch, _):
    rows = [row.asDict() for row in batch.orderBy("timestamp").collect()]
    for region in sorted({row["region"] for row in rows}):
        own = [row for row in rows if row["region"] == region]
        forecast(region, own)
        database.weather.insert_many(own)


spark = (
    SparkSession.builder.appName("consumer")
    .master("local[1]")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.sql.shuffle.partitions", "1")
    .config("spark.ui.enabled", "false")
    .config("spark.jars", ",".join(sorted(glob(jars))))
    .config("spark.driver.memory", "512m")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")

records = (
    spark.readStream.format("kafka")
    .option("kafka.bootstrap.servers", brokers)
    .option("subscribe", topic)
    .option("startingOffsets", "earliest")
    .load()
    .select(explode(from_json(col("value").cast("string"), SCHEMA)).alias("record"))
    .select("record.*")
)
for old in records.columns:
    records = records.withColumnRenamed(old, RENAMED.get(old, old.removeprefix("data_")))
for name, source in {"timestamp": "dt", "sunrise": "sunrise", "sunset": "sunset"}.items():
    records = records.withColumn(name, to_timestamp(col(source).cast("timestamp")).cast("string"))

query = (
    records.select(*COLUMNS)
    .writeStream.foreachBatch(store)
    .option("checkpointLocation", checkpoint)
    .trigger(availableNow=True)
    .start()
)
query.awaitTermination()
