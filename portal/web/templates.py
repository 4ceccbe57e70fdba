"""What keeps templates quick: macros become functions once, texts are translated and escaped once for each language.

Jinja builds every `import ... with context` anew for every page that contains it, which costs more than all the page says.
A template that holds nothing but macros, and whose macros use nothing but their arguments and what all templates know, is
the same for every page: it is built once. Which ones are is found out from the template itself, so that no template has to
be written otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from types import FunctionType
from typing import Any

import flask_babel
from babel.core import Locale
from flask import Flask
from flask.globals import _cv_app
from flask.templating import Environment as FlaskEnvironment
from flask_wtf.csrf import generate_csrf
from jinja2 import Template, meta, nodes, pass_eval_context
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import TemplateModule
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, Macro
from markupsafe import Markup, escape
from markupsafe import _escape_inner as escape_text  # type: ignore[attr-defined] # the C function behind escape

from portal.web.formatting import reader_locale


class QuickTemplate(Template):
    """A template that is built once where it is a library of macros."""

    def module_in(self, context: Context, local: Mapping[str, Any]) -> TemplateModule:
        """Give the template's macros as one imported with context has them; a library needs none of the context."""
        if self.is_library:
            return self._get_default_module()
        return self.make_module(context.get_all(), shared=True, locals=local)

    @cached_property
    def is_library(self) -> bool:
        """Whether it holds only macros that use only their arguments and what all templates know."""
        environment = self.environment
        if environment.auto_reload or environment.loader is None or self.name is None:
            return False
        source, _, _ = environment.loader.get_source(environment, self.name)
        parsed = environment.parse(source)
        return all(map(_is_fixed, parsed.body)) and meta.find_undeclared_variables(parsed) <= set(environment.globals)


def _is_fixed(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Output):
        return all(isinstance(part, nodes.TemplateData) for part in node.nodes)
    if isinstance(node, nodes.Assign):
        return isinstance(node.node, nodes.Name)
    return isinstance(node, nodes.Macro | nodes.Import | nodes.FromImport)


class QuickCodeGenerator(CodeGenerator):
    """Writes what templates put out with `escape_for_page`."""

    def blockvisit(self, nodes: Iterable[nodes.Node], frame: Frame) -> None:
        """Gather what a block puts out and hand it on at once: blocks lie in one another, and each hands on every piece."""
        if frame.block is None or frame.buffer is not None:
            super().blockvisit(nodes, frame)
            return
        self.buffer(frame)
        super().blockvisit(nodes, frame)
        self.writeline(f"yield concat({frame.buffer})")

    def _import_common(self, node: nodes.Import | nodes.FromImport, frame: Frame) -> None:
        if not node.with_context:
            super()._import_common(node, frame)
            return
        self.write("environment.get_template(")
        self.visit(node.template, frame)
        self.write(f", {self.name!r}).module_in(context, {self.dump_local_context(frame)})")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:  # noqa: FBT001, FBT002, N802 - Jinja's form
        """Look a text without parameters up at once instead of calling through the context."""
        text = node.args[0] if len(node.args) == 1 and not node.kwargs else None
        is_gettext = isinstance(node.node, nodes.Name) and node.node.name == "_"
        has_more = forward_caller or node.dyn_args is not None or node.dyn_kwargs is not None
        is_page = frame.eval_ctx.autoescape and not frame.eval_ctx.volatile
        if is_gettext and is_page and not has_more and isinstance(text, nodes.Const):
            self.write(f"environment.text_for_page({text.value!r})")
        else:
            super().visit_Call(node, frame, forward_caller=forward_caller)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.escape_for_page(")


class QuickContext(Context):
    """Calls macros and plain functions without asking each time what it has to pass to them."""

    def call(self, called: Callable[..., Any], /, *arguments: Any, **options: Any) -> Any:
        """Call it as Jinja does."""
        kind = type(called)
        if kind is Macro:
            arguments = (self.eval_ctx, *arguments)
        elif kind is not FunctionType or hasattr(called, "jinja_pass_arg"):
            return super().call(called, *arguments, **options)
        if options:
            options.pop("_block_vars", None)
            options.pop("_loop_vars", None)
        return called(*arguments, **options)


def _escape_for_page(value: Any) -> str:
    """Escape like markupsafe, without marking the result: it is joined into the page at once.

    A page puts out a thousand values; making an object of each costs more than escaping them.
    """
    kind = type(value)
    if kind is str:
        escaped: str = escape_text(value)
        return escaped
    marked: str = value if kind is Markup else escape(value)
    return marked


class QuickEnvironment(FlaskEnvironment):
    """Flask's environment with the parts of this module."""

    template_class = QuickTemplate
    context_class = QuickContext
    code_generator_class = QuickCodeGenerator
    escape_for_page = staticmethod(_escape_for_page)
    text_for_page: Callable[[str], Markup]


def register_templates(app: Flask) -> None:
    """Translate texts the quick way; call it when Babel is set up."""
    environment = app.jinja_env
    environment.globals["_"] = environment.globals["gettext"] = _gettext
    environment.globals["ngettext"] = _ngettext
    environment.globals["csrf_token"] = token_of_request
    # flask_wtf hands its own function to every page as well.
    app.context_processor(lambda: {"csrf_token": token_of_request})
    if isinstance(environment, QuickEnvironment):
        environment.text_for_page = _text_for_page()


def token_of_request() -> str:
    """Give what forms carry against forgery; a page has a form for each act and one in every menu."""
    context = _cv_app.get(None)
    known: str | None = context.g.__dict__.get("csrf_token") if context is not None else None
    return known or generate_csrf()


def _text_for_page() -> Callable[[str], Markup]:
    """Give what gives a text without parameters in the reader's language; each is looked up once for each language."""
    known: dict[tuple[Locale, str], Markup] = {}

    def text_for_page(string: str) -> Markup:
        key = (reader_locale(), string)
        text = known.get(key)
        if text is None:
            # A format string also where nothing is filled in, so that %% always means %.
            text = known[key] = Markup(flask_babel.gettext(string)) % {}  # noqa: S704 - our own texts
        return text

    return text_for_page


@pass_eval_context
def _gettext(context: EvalContext, string: str, /, **variables: Any) -> str:
    text = flask_babel.get_translations().ugettext(string)
    return (Markup(text) if context.autoescape else text) % variables  # noqa: S704 - our own texts


@pass_eval_context
def _ngettext(context: EvalContext, singular: str, plural: str, number: int, /, **variables: Any) -> str:
    translated = flask_babel.get_translations().ungettext(singular, plural, number)
    text = Markup(translated) if context.autoescape else translated  # noqa: S704 - our own texts
    return text % {"num": number, **variables}
