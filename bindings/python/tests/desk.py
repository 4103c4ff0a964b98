"""A real server in a folder of its own, with the stations of one region and three officers."""

import os
import shutil
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
OFFICERS = (
    "number,name,phone,role,place\n1,Sari Contoh,+62000000001,Camat,{0}\n"
    "2,Budi Contoh,+62000000002,FieldOfficer,{0}\n"
    "3,Wati Contoh,+62000000003,FieldOfficer,{0}\n"
)


class Desk:
    def __init__(self, stations="62.01.01."):
        self.folder = Path(tempfile.mkdtemp(prefix="pantau-desk-"))
        self.program = os.environ["PANTAU_SERVER"]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self.process = None
        head, *all_stations = (ROOT / "data" / "tps.csv").read_text().splitlines()
        mine = [station for station in all_stations if station.startswith(stations)]
        (self.folder / "tps.csv").write_text("\n".join([head, *mine]) + "\n")
        (self.folder / "officers.csv").write_text(OFFICERS.format(stations.rstrip(".")))
        self.command("init", "--place", "62")
        self.command(
            "import", "--regions", ROOT / "data" / "regions.csv", "--tps", self.folder / "tps.csv",
            "--profile", "pemilu-2024", "--checklists", "shipped", "--officers", self.folder / "officers.csv",
        )
        self.up()

    def command(self, *words):
        words = [self.program, "--data", self.folder / "server", *words]
        return subprocess.run(words, check=True, capture_output=True, text=True, timeout=60).stdout

    def up(self):
        words = [self.program, "--data", self.folder / "server", "serve", "--listen", self.address]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            if "listening" in line:
                break
        # Read on, or the server would wait for us.
        threading.Thread(target=lambda: [None for _ in self.process.stdout], daemon=True).start()

    def down(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def code(self, officer):
        said = self.command("enrol", "--officer", str(officer), "--url", f"http://{self.address}")
        return next(line.strip() for line in said.splitlines() if line.strip().startswith("PANTAU1 "))

    def close(self):
        self.down()
        shutil.rmtree(self.folder)
