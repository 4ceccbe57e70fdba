// The frame: menus that close when one looks elsewhere, `/` for the search box, the form token for htmx.

const menus = () => document.querySelectorAll("details.menu[open], details.define[open]");

document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenus();
  if (event.key === "/" && !isTyping(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey) focusSearch(event);
});

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]');
  if (token) event.detail.headers["X-CSRFToken"] = token.content;
});

// A page whose main part was replaced stands in the history with its own address, not with its content.
window.addEventListener("popstate", (event) => {
  if (event.state?.loads) window.location.reload();
});

// A grid whose lines are the basket tells the bar what it holds now.
document.addEventListener("grid:quoted", ({ detail: { basket } }) => {
  const count = document.querySelector("[data-basket-count]");
  if (!basket || !count) return;
  count.textContent = basket.count;
  document.querySelector("[data-basket-total]").innerHTML = basket.total;
});

// Tabs wider than the screen begin where the reader is.
for (const current of document.querySelectorAll(".tabs [aria-current]")) {
  const list = current.closest(".tabs");
  const middle = current.getBoundingClientRect().left - list.getBoundingClientRect().left + current.offsetWidth / 2;
  list.scrollLeft = middle - list.clientWidth / 2;
}

// A summary of errors takes the focus, so that it is read out and the next Tab leads to the first field.
document.querySelector("[data-focus-on-load]")?.focus();

function closeMenus() {
  for (const menu of menus()) {
    const inside = menu.contains(document.activeElement);
    menu.open = false;
    if (inside) menu.querySelector("summary").focus();
  }
}

function isTyping(target) {
  return target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
}

function focusSearch(event) {
  const search = document.querySelector('[data-focus-key="/"]');
  if (!search || !search.checkVisibility()) return;
  event.preventDefault();
  search.focus();
  search.select();
}
