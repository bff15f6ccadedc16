"""Every error that Pricer raises on purpose.

PricerError
├── UserError            the user's mistake or surroundings: safe to show as it is, exit code 1
│   ├── TextError        a text that cannot be priced
│   ├── ItemError        a row that is no item: no text, or no usable price
│   ├── TableError       a file that cannot be read as a table
│   ├── DatasetError     a Hub dataset that is missing, gated or has other columns
│   ├── CheckpointError  a folder that is no checkpoint of ours, or a damaged one
│   ├── HubError         a Hub repo that is missing, gated, out of reach or too slow
│   ├── DeviceError      a device or a precision that this machine does not have
│   ├── TrainingError    training data that no model can be fitted on
│   ├── SettingError     an environment variable or an option with an unusable value
│   └── BusyError        a page that cannot take this now: try again later
└── NotReadyError        a runner that is asked to price before it has a network

Those of texts and of training data are ValueErrors too, as libraries that call an estimator expect.
A message says what was found, what was expected, and what to do.  Messages about tables carry row and column,
never the text of a cell.
"""

from __future__ import annotations


class PricerError(Exception):
    """Root of all errors raised on purpose."""


class UserError(PricerError):
    """A mistake that the user can mend; its message may be shown as it is."""


class TextError(UserError, ValueError):
    """A text that cannot be priced: empty, too long, or no text at all."""


class ItemError(UserError):
    """A row that is no item: it lacks a text or a usable price."""


class TableError(UserError):
    """A file that cannot be read as a table."""


class DatasetError(UserError):
    """A Hub dataset that is missing, gated, out of reach, or has other columns."""


class CheckpointError(UserError):
    """A folder that is not a checkpoint, comes from a newer format, or is damaged."""


class HubError(UserError):
    """A Hub repo that is missing, gated, out of reach, or too slow."""


class DeviceError(UserError):
    """A device or a precision that this machine or model does not have."""


class TrainingError(UserError, ValueError):
    """Training data on which no model can be fitted."""


class SettingError(UserError):
    """An environment variable or an option with an unusable value."""


class BusyError(UserError):
    """The page cannot take this now; it may in a while."""


class NotReadyError(PricerError):
    """A runner was asked to price, train or save before it had a network."""
