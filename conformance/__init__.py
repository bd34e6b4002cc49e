"""The catalog of cases, the runner, the comparison and the pytest plugin.

Cases import `case` and `raises` from here and nothing else of the project, so that they run in
any interpreter that holds a subject (Python 3.9 and later, standard library only).
"""

from .case import case, raises

__all__ = ["case", "raises"]
