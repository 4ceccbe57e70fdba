"""The order grid as a person works it: keys, wrong quantities, prices at once, undo, entry box; and without script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.needs("chromium")]

COLOURS = "button => [getComputedStyle(button).color, getComputedStyle(button).backgroundColor]"


def quantity(page: Page, key: str) -> Locator:
    return page.locator(f"#quantity-{key}")


@pytest.fixture
def grid(page: Page, style_guide: str) -> Page:
    page.goto(f"{style_guide}grid?lang=en")
    expect(page.locator("form.scripted")).to_be_visible()
    return page


def test_enter_goes_to_the_next_quantity_and_shift_enter_back(grid: Page) -> None:
    quantity(grid, "r0").focus()
    grid.keyboard.press("Enter")
    expect(quantity(grid, "r1")).to_be_focused()
    grid.keyboard.press("Enter")
    expect(quantity(grid, "r2")).to_be_focused()
    grid.keyboard.press("Shift+Enter")
    expect(quantity(grid, "r1")).to_be_focused()
    assert "/grid" in grid.url


def test_arrow_keys_step_by_the_order_multiple_and_never_below_the_minimum(grid: Page) -> None:
    field = quantity(grid, "r0")
    field.focus()
    grid.keyboard.press("ArrowUp")
    expect(field).to_have_value("36")
    for _ in range(2):
        grid.keyboard.press("ArrowDown")
    expect(field).to_have_value("12")
    grid.keyboard.press("ArrowDown")
    expect(field).to_have_value("0")


def test_a_wrong_quantity_stays_as_typed_says_what_is_allowed_and_offers_the_nearest(grid: Page) -> None:
    field = quantity(grid, "r0")
    field.focus()
    grid.keyboard.type("13")
    expect(field).to_have_value("13")
    expect(field).to_have_attribute("aria-invalid", "true")
    error = grid.locator("#error-r0")
    expect(error).to_contain_text("Only in steps of 12")
    error.get_by_role("button", name="Take 24").click()
    expect(field).to_have_value("24")
    expect(field).to_be_focused()
    expect(error).to_be_hidden()


def test_what_is_no_quantity_stays_as_typed_too(grid: Page) -> None:
    field = quantity(grid, "r2")
    field.fill("a few")
    expect(grid.locator("#error-r2")).to_contain_text("not a quantity")
    grid.keyboard.press("Enter")
    expect(field).to_have_value("a few")


def test_price_tier_amount_total_and_button_follow_what_is_typed(grid: Page) -> None:
    quantity(grid, "r0").fill("48")
    row = grid.locator('[data-row="r0"]')
    expect(row.locator('[data-cell="price"]')).to_contain_text("5.98")
    expect(row.locator('[data-cell="amount"]')).to_contain_text("287.04")
    expect(row.locator("[data-conversion]")).to_have_text(re.compile("= 4.cases"))
    expect(grid.locator("[data-act]")).to_contain_text("Order 6 lines, €993.94")
    assert grid.locator('[name="shown_price-r0"]').input_value() == "5.98"
    assert grid.locator('[name="shown_total"]').input_value() == "993.94"
    expect(grid.locator("[data-basket-count]")).to_have_text("6")
    expect(grid.locator("[data-basket-total] data")).to_have_attribute("value", "993.94")


def test_changing_the_unit_converts_and_checks_again(grid: Page) -> None:
    quantity(grid, "r0").fill("2")
    expect(grid.locator("#error-r0")).to_contain_text("At least 12")
    grid.locator('[name="unit-r0"]').select_option("packaging")
    expect(grid.locator("#error-r0")).to_be_hidden()
    expect(grid.locator('[data-row="r0"] [data-conversion]')).to_have_text(re.compile("= 24.pcs"))


def test_undo_takes_back_quantities_and_removed_lines(grid: Page) -> None:
    field = quantity(grid, "r0")
    field.fill("36")
    grid.keyboard.press("Enter")
    grid.locator('[data-row="r2"] [data-remove]').click()
    expect(grid.locator('[data-row="r2"]')).to_have_count(0)
    expect(grid.locator("[data-act]")).to_contain_text("Order 5 lines")
    grid.get_by_role("button", name="Undo").click()
    expect(quantity(grid, "r2")).to_have_value("3")
    expect(quantity(grid, "r2")).to_be_focused()
    grid.keyboard.press("Control+z")
    expect(field).to_have_value("24")
    expect(grid.get_by_role("button", name="Undo")).to_be_disabled()


def test_pasted_lines_are_counted_and_those_that_fail_stay_editable(grid: Page) -> None:
    lines = "BR-31205\t5\nBR-99999\t2\nBR-71003\t30\n"
    grid.evaluate(
        """(text) => {
          const box = document.querySelector('#lines-entry'), data = new DataTransfer();
          data.setData('text/plain', text); box.focus();
          box.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        lines,
    )
    expect(grid.locator("[data-entry-status]")).to_have_text("3 read, 2 added, 1 needs you")
    expect(quantity(grid, "r2")).to_have_value("5")
    expect(quantity(grid, "r6")).to_have_value("30")
    failed = grid.locator("[data-unread]", has=grid.locator('input[value="BR-99999\t2"]'))
    expect(failed).to_contain_text("No article is known by “BR-99999”")
    failed.locator("[data-raw]").fill("BR-22071; 6")
    grid.keyboard.press("Enter")
    expect(failed).to_have_count(0)
    expect(quantity(grid, "r1")).to_have_value("6")
    for _ in range(2):
        grid.get_by_role("button", name="Undo").click()
    expect(quantity(grid, "r2")).to_have_value("3")
    expect(quantity(grid, "r6")).to_have_value("20")


def test_typing_finds_articles_and_the_chosen_one_gets_the_focus_on_its_quantity(grid: Page) -> None:
    box = grid.locator("#lines-entry")
    box.press_sequentially("spirit")
    option = grid.get_by_role("listbox").get_by_role("option")
    expect(option).to_have_count(1)
    expect(box).to_have_attribute("aria-expanded", "true")
    grid.keyboard.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    grid.keyboard.press("Enter")
    expect(quantity(grid, "r2")).to_be_focused()
    expect(box).to_have_value("")


def test_a_scanned_code_is_added_and_the_box_waits_for_the_next(grid: Page) -> None:
    box = grid.locator("#lines-entry")
    box.focus()
    grid.keyboard.type("BR-22071", delay=0)
    grid.keyboard.press("Enter")
    expect(grid.locator("[data-entry-status]")).to_have_text("1 read, 1 added")
    expect(box).to_be_focused()
    expect(box).to_have_value("")


def test_a_file_that_is_dropped_is_read(grid: Page) -> None:
    grid.locator(".entry-more summary").click()
    grid.locator("#lines-file").set_input_files(
        {"name": "order.csv", "mimeType": "text/csv", "buffer": b"\xef\xbb\xbfBR-31205;9\n"}
    )
    grid.get_by_role("button", name="Read these lines").click()
    expect(quantity(grid, "r2")).to_have_value("9")


def test_when_the_connection_fails_nothing_typed_is_lost(grid: Page) -> None:
    grid.route("**/quote", lambda route: route.abort())
    grid.route("**/read", lambda route: route.abort())
    quantity(grid, "r0").fill("48")
    expect(grid.locator("[data-grid-status]")).to_contain_text("What you typed is kept")
    expect(quantity(grid, "r0")).to_have_value("48")
    grid.locator("#lines-entry").fill("BR-1; 2")
    grid.keyboard.press("Enter")
    expect(grid.locator("[data-entry-status]")).to_contain_text("still in the box")
    expect(grid.locator("#lines-entry")).to_have_value("BR-1; 2")


def test_the_totals_never_hide_the_focused_row(page: Page, style_guide: str) -> None:
    page.goto(f"{style_guide}grid?lang=en&rows=60")
    expect(page.locator("form.scripted")).to_be_visible()
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 700})
        quantity(page, "r0").focus()
        for _ in range(30):
            page.keyboard.press("Enter")
            field = page.locator(":focus").bounding_box()
            foot = page.locator("[data-grid-foot]").bounding_box()
            assert field is not None
            assert foot is not None
            assert field["y"] + field["height"] <= foot["y"]


def test_five_hundred_lines_are_priced_at_once(page: Page, style_guide: str) -> None:
    page.goto(f"{style_guide}grid?lang=en&rows=500")
    expect(page.locator("form.scripted")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    quantity(page, "r499").fill("7")
    expect(page.locator('[data-row="r499"] [data-cell="amount"]')).to_contain_text("173.25")
    assert len(asked) == 1


def test_without_script_the_grid_is_a_plain_form(chromium: Browser, style_guide: str) -> None:
    with chromium.new_context(java_script_enabled=False, locale="en-GB") as context:
        page = context.new_page()
        page.goto(f"{style_guide}grid?lang=en")
        quantity(page, "r0").fill("13")
        quantity(page, "r0").press("Enter")
        expect(quantity(page, "r0")).to_have_value("13")
        page.get_by_role("button", name=re.compile("Take 24")).click()
        expect(quantity(page, "r0")).to_have_value("24")
        page.locator('[data-row="r2"] [data-remove]').click()
        expect(quantity(page, "r2")).to_have_count(0)
        page.locator("#lines-entry").fill("BR-31205; 4")
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.locator(".entry-status")).to_have_text("1 read, 1 added")


def test_the_price_sheet_takes_blocks_adds_rows_and_undoes_them_in_one_step(page: Page, style_guide: str) -> None:
    page.goto(f"{style_guide}sheet?lang=en")
    price = page.locator('[name="cell-e6-price"]')
    price.focus()
    page.evaluate(
        """(text) => {
          const data = new DataTransfer(); data.setData('text/plain', text);
          document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        '7.10\t2027-01-01\n1200\t2027-01-01\n5.00\t\n"6,50"\t2027-02-01',
    )
    expect(price).to_have_value("7.10")
    expect(page.locator('[name="cell-e7-price"]')).to_have_value("1200")
    expect(page.locator('[name="cell-new-1-price"]')).to_have_value("6,50")
    expect(page.locator("[data-grid-status]")).to_have_text("4 rows pasted.")
    expect(page.locator("[data-changed]")).to_contain_text("cells changed")
    page.get_by_role("button", name="Undo").click()
    expect(price).to_have_value("7.30")
    expect(page.locator('[name="cell-new-1-price"]')).to_have_count(0)
    price.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator('[name="cell-e7-price"]')).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_button_that_becomes_free_is_read_at_once_and_one_that_is_not_stays_grey_under_the_pointer(
    chromium: Browser, style_guide: str, scheme: str
) -> None:
    with chromium.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{style_guide}grid?lang=en")
        act = page.locator("[data-act]")
        free = act.evaluate(COLOURS)
        act.evaluate("button => { button.disabled = true; }")
        page.mouse.move(0, 0)
        grey = act.evaluate(COLOURS)
        act.hover(force=True)
        assert act.evaluate(COLOURS) == grey
        page.mouse.move(0, 0)
        assert act.evaluate(f"button => {{ button.disabled = false; return ({COLOURS})(button); }}") == free
        assert grey != free
