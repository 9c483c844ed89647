"""How the participant's window looks: grey, large letters, nothing else."""

from __future__ import annotations

__all__ = ["style_sheet"]


def style_sheet(height: int) -> str:
    """Style of the window.

    Parameters
    ----------
    height : int
        Of the screen, logical pixels; sizes follow it.
    """
    text = max(12, round(0.022 * height))
    small, large = max(10, round(0.014 * height)), round(1.4 * text)
    return f"""
QWidget {{ background: #808080; color: #141414; font-size: {text}px; }}
QLabel#heading {{ font-size: {large}px; }}
QLabel#small {{ font-size: {small}px; color: #333333; }}
QTextBrowser {{ background: #8c8c8c; border: 1px solid #6a6a6a; }}
QPushButton {{ background: #969696; border: 2px solid #4a4a4a; border-radius: 6px;
    padding: {round(0.4 * text)}px {text}px; min-width: {2 * text}px; }}
QPushButton:hover {{ background: #a6a6a6; }}
QPushButton:pressed {{ background: #bcbcbc; }}
QPushButton:disabled {{ color: #6a6a6a; border-color: #6a6a6a; background: #868686; }}
QSpinBox, QComboBox {{ background: #969696; border: 2px solid #4a4a4a; padding: 4px;
    min-width: {8 * text}px; }}
QComboBox QAbstractItemView {{ background: #969696; selection-background-color: #bcbcbc;
    selection-color: #141414; }}
"""
