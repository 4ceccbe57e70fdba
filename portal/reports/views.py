"""The screens of reports, for sellers and buyers alike: a list, a page that builds, shows and saves one, and files."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField

from portal.analytics.queries.sales import list_retailers, today_of
from portal.analytics.rules import month_of
from portal.analytics.views.window import reader_language
from portal.pricing.forms import TypedForm, trimmed
from portal.reports import queries, service, words
from portal.reports.queries import VIEWING, Report, SavedRow, report_categories, run_report
from portal.reports.reading import definition_pairs, read_definition
from portal.reports.rules import MOST_MONTHS, TIMES, By, Definition, Measure, Period
from portal.reports.service import SaveReport
from portal.web.api.paging import page_of, read_text_cursor
from portal.web.charts import Chart, Series, bar_chart
from portal.web.csv_file import Cell, csv_answer
from portal.web.formatting import money, month_text, quantity
from portal.web.navigation import navigation
from portal.web.refused_forms import accepts
from portal.web.screens import Screens
from portal.web.xlsx_file import xlsx_answer
from tenants.permissions import Capacity
from tenants.principal import Principal

_PAGE, _SHOWN, _EXPORTED = 25, 50, 100_000
_FILES = {"csv": csv_answer, "xlsx": xlsx_answer}


class SaveForm(TypedForm):
    """Under which name a report is kept, and for whom."""

    problems = words.PROBLEMS

    name = StringField(_l("Name"), filters=[trimmed])
    code = StringField(_l("Code"), filters=[trimmed])
    is_shared = BooleanField(_l("Shared in the organisation"))


def show(principal: Principal) -> ResponseReturnValue:
    """List the shared reports and one's own."""
    rows = queries.list_reports(principal, after=read_text_cursor(request.args.get("cursor")), limit=_PAGE + 1)
    page = page_of(rows, _PAGE, lambda row: row, lambda row: (row.code,))
    return render_template("reports/reports.html", page=page, words=words)


def build(principal: Principal) -> ResponseReturnValue:
    """Put a report together and look at it."""
    return _page(principal, read_definition(request.args, Definition()), SaveForm(formdata=None), None)


def save(principal: Principal) -> ResponseReturnValue:
    """Save it under a new code."""
    return _save(principal, None)


def show_one(principal: Principal, code: str) -> ResponseReturnValue:
    """Show a saved report, or what it would be with the changes of the address."""
    saved = queries.get_report(principal, code)
    form = SaveForm(formdata=None, data={"name": saved.name, "code": code, "is_shared": saved.is_shared})
    return _page(principal, read_definition(request.args, saved.asked), form, saved)


def change(principal: Principal, code: str) -> ResponseReturnValue:
    """Save what was changed."""
    return _save(principal, queries.get_report(principal, code))


def remove(principal: Principal, code: str) -> ResponseReturnValue:
    """Remove a saved report."""
    service.remove_report(principal, code)
    flash(_("The report is removed."), "success")
    return redirect(url_for(".show"))


def export(principal: Principal, kind: str) -> ResponseReturnValue:
    """Give all rows as CSV or XLSX."""
    asked = read_definition(request.args, Definition())
    if service.refused_parts(principal, asked):
        abort(404)
    report = run_report(principal, asked, language=reader_language(), limit=_EXPORTED)
    heads = [*report.columns, "total"] if report.columns else [measure.value for measure in asked.measures]
    return _FILES[kind](
        f"report-by-{asked.rows.value}",
        (asked.rows.value, "name", *heads, "currency", "from", "to"),
        [_file_row(report, row, principal.currency) for row in report.rows],
    )


def _file_row(report: Report, row: queries.ReportRow, currency: str) -> list[Cell]:
    months = (f"{report.first:%Y-%m}", f"{report.last:%Y-%m}")
    return [row.key, row.name, *report.values(row.cells), currency, *months]


def _save(principal: Principal, saved: SavedRow | None) -> ResponseReturnValue:
    form, asked = SaveForm(), read_definition(request.form, saved.asked if saved else Definition())
    keep = service.change_report if saved else service.create_report
    code = saved.code if saved else form.code.data
    command = SaveReport(code, form.name.data, form.is_shared.data, asked)
    sound = not service.refused_parts(principal, asked) and form.validate_on_submit()
    if sound and accepts(form, lambda: keep(principal, command)):
        flash(_("The report is saved."), "success")
        return redirect(url_for(".show_one", code=code))
    return _page(principal, asked, form, saved)


def _page(principal: Principal, asked: Definition, form: SaveForm, saved: SavedRow | None) -> ResponseReturnValue:
    problems = {each["field"]: words.PROBLEMS[each["reason"]] for each in service.refused_parts(principal, asked)}
    categories = report_categories(principal, reader_language())
    report = None if problems else run_report(principal, asked, language=reader_language(), limit=_SHOWN)
    page = render_template(
        "reports/report.html",
        asked=asked,
        form=form,
        saved=saved,
        problems=problems,
        report=report,
        chart=_chart(principal, report) if report and report.rows else None,
        categories=categories,
        choices=_choices(principal),
        pairs=definition_pairs(asked),
        files={kind: url_for(".export", kind=kind, **_address(asked)) for kind in _FILES},
        show_value=lambda measure, value: _shown(principal, measure, value),
        may_change=saved is not None and service.may_change(principal, saved),
        may_save=principal.actor_organisation_id is None,
        words=words,
    )
    return page, 422 if problems or form.has_errors else 200


def _address(asked: Definition) -> dict[str, Any]:
    pairs = definition_pairs(asked)
    return {name: [value for key, value in pairs if key == name] for name, _value in pairs}


def _choices(principal: Principal) -> dict[str, Any]:
    is_seller = principal.capacity is Capacity.SELLER
    this = month_of(today_of(principal))
    months = [month_of(this, -back) for back in range(MOST_MONTHS)]
    return {
        "rows": [(by.value, words.BY[by]) for by in By if is_seller or by is not By.CUSTOMER],
        "columns": [("", _("None")), *((by.value, words.BY[by]) for by in By if by in TIMES)],
        "measures": [(one.value, words.MEASURES[one]) for one in Measure if is_seller or one is not Measure.CUSTOMERS],
        "periods": [(period.value, words.PERIODS[period]) for period in Period],
        "months": [("", _("Not set")), *((f"{month:%Y-%m}", month_text(month)) for month in months)],
        "customers": list_retailers(principal) if is_seller else [],
    }


def _shown(principal: Principal, measure: Measure, value: Any) -> Any:
    return money(value, principal.currency) if measure is Measure.NET_AMOUNT else quantity(value)


def _chart(principal: Principal, report: Report) -> Chart | None:
    """Draw the first measure over time, where time is asked for: names of products fit under no bar."""
    asked, measure = report.asked, report.asked.measures[0]
    if asked.columns:
        by, labels, cells = asked.columns, words.column_texts(report)[:-1], report.totals[:-1]
    elif asked.rows in TIMES:
        by, labels, cells = (
            asked.rows,
            [words.row_text(report, row, {}) for row in report.rows],
            [row.cells[-1] for row in report.rows],
        )
    else:
        return None
    name = str(words.MEASURES[measure])
    return bar_chart(
        "report",
        f"{name}, {principal.currency}" if measure is Measure.NET_AMOUNT else name,
        labels,
        [Series(name, [getattr(cell, measure.value) for cell in cells])],
        label_heading=str(words.BY[by]),
        show=lambda value: _shown(principal, measure, value),
    )


def _screens(name: str, capacity: Capacity, url_prefix: str) -> Screens:
    screens, viewing = Screens(name, __name__, capacity=capacity, url_prefix=url_prefix), VIEWING[capacity]
    screens.screen("/", viewing)(show)
    screens.screen("/new", viewing)(build)
    screens.screen("/new", viewing, methods=["POST"])(save)
    screens.screen("/file.<any(csv, xlsx):kind>", viewing)(export)
    screens.screen("/<code>", viewing)(show_one)
    screens.screen("/<code>", viewing, methods=["POST"])(change)
    screens.screen("/<code>/remove", viewing, methods=["POST"])(remove)
    return screens


sales_reports = _screens("reports", Capacity.SELLER, "/selling/reports")
purchase_reports = _screens("own_reports", Capacity.BUYER, "/buying/reports")


def register(app: Flask) -> None:
    """Bind the screens and hang them into the navigation."""
    app.register_blueprint(sales_reports)
    app.register_blueprint(purchase_reports)
    for capacity, group, endpoint, order in (
        (Capacity.SELLER, _l("Figures"), "reports.show", 64),
        (Capacity.BUYER, _l("Buy"), "own_reports.show", 47),
    ):
        navigation.add(capacity, group, _l("Reports"), endpoint, "table", VIEWING[capacity], order)
