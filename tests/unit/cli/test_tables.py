from __future__ import annotations

from hadoopjobs.cli.tables import drawn, show_facts, show_table


def test_without_a_terminal_rows_are_lines_with_tabs(capsys):
    show_table(("a", "b", "c"), [("x\ty\n", None, 1.25), ("\x1b[31mred", 2, "[bold]")])
    assert capsys.readouterr().out == "x y\t\t1.2\n[31mred\t2\t[bold]\n"


def test_facts_without_a_value_are_left_out(capsys):
    show_facts([("name", "a"), ("queue", None), ("tags", ""), ("number", 0)])
    assert capsys.readouterr().out == "name\ta\nnumber\t0\n"


def test_numbers_stand_to_the_right_and_the_first_column_is_whole():
    table = drawn(("id", "n"), [("application_1_0001", 1), ("b", None)])
    assert [column.justify for column in table.columns] == ["left", "right"]
    assert table.columns[0].min_width == len("application_1_0001")
