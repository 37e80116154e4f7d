"""What CodeCarbon itself writes, and how it and pandas take our file; written to emissions-csv.json beside this file."""

import json
import tempfile
from dataclasses import fields
from pathlib import Path

import pandas
from codecarbon import __version__
from codecarbon.output_methods.emissions_data import EmissionsData, TaskEmissionsData
from codecarbon.output_methods.file import FileOutput

here = Path(__file__).parent
FACTS = dict(
    timestamp="2026-01-02T03:04:05",
    project_name='mail, "sorted"',
    run_id="3fa2c1d0-9b7e-4c0a-8d51-0123456789ab",
    experiment_id="5b0fa12a-3dd7-45bb-9766-cc326314d9f1",
    duration=161.20380687713623,
    emissions=4.490989249167e-05,
    emissions_rate=2.785907687e-07,
    cpu_power=42.5,
    gpu_power=0.0,
    ram_power=10.0,
    cpu_energy=0.0021,
    gpu_energy=0.0,
    ram_energy=0.00045,
    energy_consumed=0.00255,
    water_consumed=0.0,
    country_name="France",
    country_iso_code="FRA",
    region="île-de-france",
    cloud_provider="",
    cloud_region="",
    os="Linux-6.1.0-x86_64-with-glibc2.36",
    python_version="3.11.7",
    codecarbon_version=__version__,
    cpu_count=8,
    cpu_model="Intel(R) Core(TM) i7-8850H CPU @ 2.60GHz",
    gpu_count=0,
    gpu_model="",
    longitude=2.35,
    latitude=48.85,
    ram_total_size=31.2,
    tracking_mode="machine",
)
QUEBEC = dict(country_name="Canada", country_iso_code="CAN", region="Quebec", longitude=-71.2, latitude=46.8)


def names(kind):
    return [field.name for field in fields(kind)]


with tempfile.TemporaryDirectory() as folder:
    output = FileOutput("emissions.csv", folder)
    output.out(EmissionsData(**FACTS, pue=1.5, wue=0.2), None)
    output.out(EmissionsData(**{**FACTS, **QUEBEC, "run_id": "offline"}), None)
    written = (Path(folder) / "emissions.csv").read_text()
    output.out(EmissionsData(**{**FACTS, "longitude": None, "latitude": None, "run_id": "cloud"}), None)
    with_short_row = (Path(folder) / "emissions.csv").read_text()
    task = {key: value for key, value in FACTS.items() if key != "experiment_id"}
    output.task_out([TaskEmissionsData(task_name="load", **task)], "base")
    [task_file] = Path(folder).glob("emissions_base_*.csv")

    ours = Path(folder) / "ours.csv"
    ours.write_bytes((here.parent / "golden" / "emissions.csv").read_bytes())
    read = pandas.read_csv(ours)
    FileOutput("ours.csv", folder).out(EmissionsData(**FACTS), None)
    beside = {
        "values": json.loads(read.to_json(orient="records", double_precision=15)),
        "rows_after_codecarbon_appended": len(pandas.read_csv(ours)),
        "backups": len(list(Path(folder).glob("ours.csv*.bak"))),
    }
    answers = {
        "codecarbon": __version__,
        "columns": names(EmissionsData),
        "task_columns": names(TaskEmissionsData),
        "written": written,
        "with_short_row": with_short_row,
        "task_name": task_file.name,
        "ours": beside,
    }
(here / "emissions-csv.json").write_text(json.dumps(answers, indent=2, ensure_ascii=False) + "\n")
