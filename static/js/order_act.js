// Ordering without loading a page: the confirmation takes the place of the list. Without this file the form is a plain one.
// Whatever else the server answers (changed prices, lines that need somebody, nobody signed in) is a page of its own: the
// form is then sent as the browser does it. Its key makes sure that this never orders twice.

export function orderInPlace(form) {
  let sending = false;
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (!button?.matches("[data-act]")) return;
    event.preventDefault();
    if (sending) return;
    sending = true;
    const answer = await send(form, button);
    if (answer) show(answer);
    else sendPlainly(form, button);
  });
}

async function send(form, button) {
  const body = new URLSearchParams(new FormData(form, button));
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Fragment": "confirmation" }, redirect: "manual" });
    return answer.status === 201 ? { url: answer.headers.get("Location"), html: await answer.text() } : null;
  } catch {
    return null;
  }
}

function sendPlainly(form, button) {
  const act = Object.assign(document.createElement("input"), { type: "hidden", name: button.name, value: button.value });
  form.append(act);
  form.submit();
}

function show({ url, html }) {
  const part = new DOMParser().parseFromString(html, "text/html").querySelector("[data-title]");
  const content = document.getElementById("content");
  // Going back and forth loads the pages of both addresses (shell.js).
  history.replaceState({ loads: true }, "");
  history.pushState({ loads: true }, "", url);
  document.title = part.dataset.title;
  content.replaceChildren(...part.childNodes);
  markNavigation(new URL(url, window.location.href).pathname);
  window.scrollTo(0, 0);
  content.focus({ preventScroll: true });
}

function markNavigation(path) {
  const links = [...document.querySelectorAll("nav [aria-current]")];
  const own = [...document.querySelectorAll("nav a[href]")].filter((link) => path.startsWith(`${link.pathname}/`));
  if (!own.length) return;
  for (const link of links) link.removeAttribute("aria-current");
  own.sort((one, other) => other.pathname.length - one.pathname.length)[0].setAttribute("aria-current", "page");
}
