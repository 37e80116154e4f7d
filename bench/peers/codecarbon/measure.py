"""CodeCarbon's side: does one thing (start, idle, load or spans) and prints what it took as a line of JSON."""

import json
import subprocess
import sys
import time

ANYWHERE = "FRA"


def tracker(mode="machine"):
    from codecarbon import OfflineEmissionsTracker

    # Offline, for a network that is not there must not be waited for; one sample a second; no file, no log lines.
    return OfflineEmissionsTracker(
        country_iso_code=ANYWHERE,
        measure_power_secs=1,
        tracking_mode=mode,
        save_to_file=False,
        log_level="critical",
        allow_multiple_runs=True,
    )


def joules(kwh):
    return kwh * 3_600_000


def spent(opened):
    data = opened.final_emissions_data
    return {"energy_j": joules(data.energy_consumed), "cpu_j": joules(data.cpu_energy), "ram_j": joules(data.ram_energy)}


def start():
    began = time.perf_counter()
    opened = tracker()
    opened.start()
    took = time.perf_counter() - began
    opened.stop()
    return {"start_ms": took * 1_000}


def idle(settle, seconds):
    import psutil

    opened = tracker()
    opened.start()
    time.sleep(float(settle))
    began, cpu = time.perf_counter(), time.process_time()
    time.sleep(float(seconds))
    share = (time.process_time() - cpu) / (time.perf_counter() - began)
    rss = psutil.Process().memory_info().rss
    opened.stop()
    return {"cpu_percent": share * 100, "rss_mb": rss / 1e6}


def load(mode, *command):
    opened = tracker(mode)
    opened.start()
    done = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    opened.stop()
    return {**spent(opened), **done}


def spans(count):
    opened = tracker()
    opened.start_task("first")
    opened.stop_task("first")
    began = time.perf_counter()
    for at in range(int(count)):
        opened.start_task(f"span {at}")
        opened.stop_task(f"span {at}")
    took = time.perf_counter() - began
    opened.stop()
    return {"spans_ms": took * 1_000}


found = {"start": start, "idle": idle, "load": load, "spans": spans}[sys.argv[1]](*sys.argv[2:])
from codecarbon import __version__

print(json.dumps({**found, "version": __version__}))
