"""Python imports this at its start when the folder is on PYTHONPATH: the model is then the stand-in."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import fake_model

fake_model.install()
