"""`flask channel load` and `export`, as CONTRACT.md fixes them."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from tests.integration.channel.folders import channel, write_folder


def test_a_right_folder_ends_with_status_0_and_a_table(app: Flask, tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path / "folder", {**channel(), "users": ["organisation_code,email,role", "NORTH,a@b.example,admin"]}
    )
    outcome = app.test_cli_runner().invoke(args=["channel", "load", str(folder)])
    assert outcome.exit_code == 0
    lines = [line.split() for line in outcome.stdout.splitlines()]
    assert lines[0] == ["file", "rows", "read", "loaded", "refused", "changed"]
    assert lines[1] == ["organisations.csv", "6", "6", "0", "6"]
    assert lines[-2:] == [["orders.csv", "4", "4", "0", "4"], ["sell_out.csv", "3", "3", "0", "3"]]
    assert "orders.csv: 4 loaded, 0 refused, 4 changed" in outcome.stderr
    again = app.test_cli_runner().invoke(args=["channel", "load", str(folder)])
    assert {line.split()[-1] for line in again.stdout.splitlines()[1:]} == {"0"}


def test_refused_rows_end_with_status_3_and_stand_beside_the_log(app: Flask, tmp_path: Path) -> None:
    files = {**channel(), "sellers": ["seller_code,price_strategy", "NOBODY,first", "NORTH,lowest"]}
    files["users"] = files["users"][:1]
    folder = write_folder(tmp_path / "folder", files)
    logs = app.extensions["settings"].instance / "logs"
    for options in (["--dry-run"], []):
        outcome = app.test_cli_runner().invoke(args=["channel", "load", str(folder), *options])
        assert outcome.exit_code == 3
        assert "sellers.csv 2 1 1" in " ".join(outcome.stdout.split())
        assert (logs / "refused.csv").read_text(encoding="utf-8").splitlines() == [
            "file,row,column,value,reason",
            "sellers.csv,2,seller_code,NOBODY,is not the code of a known organisation of this tree",
        ]
    assert "sellers.csv: 1 loaded, 1 refused, 1 changed" in (logs / "channel.log").read_text(encoding="utf-8")


def test_a_folder_without_tree_ends_with_one_sentence(app: Flask, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "folder", {"sellers": ["seller_code"]})
    outcome = app.test_cli_runner().invoke(args=["channel", "load", str(folder)])
    assert (outcome.exit_code, outcome.stdout) == (1, "")
    assert outcome.stderr == "Error: The folder has no organisations.csv; name the tree with --tree CODE.\n"


def test_a_tree_is_exported_by_its_code(app: Flask, tmp_path: Path) -> None:
    files = {**channel(), "users": channel()["users"][:1]}
    app.test_cli_runner().invoke(args=["channel", "load", str(write_folder(tmp_path / "in", files))])
    outcome = app.test_cli_runner().invoke(args=["channel", "export", str(tmp_path / "out"), "--tree", "ACME"])
    assert outcome.exit_code == 0
    assert outcome.stdout.splitlines()[0].split() == ["organisations.csv", "6"]
    again = app.test_cli_runner().invoke(args=["channel", "load", str(tmp_path / "out")])
    assert again.exit_code == 0
    wrong = app.test_cli_runner().invoke(args=["channel", "export", str(tmp_path / "none"), "--tree", "NOPE"])
    assert (wrong.exit_code, wrong.stderr) == (1, "Error: There is no tree NOPE.\n")
