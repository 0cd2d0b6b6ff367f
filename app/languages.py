"""In which language a page or an answer is: the address, the cookie, the person, the browser, Chinese."""

from urllib.parse import urlencode

from babel import Locale
from babel.support import NullTranslations
from flask import Flask, Response, current_app, g, has_request_context, request
from flask_babel import Babel, get_domain, get_locale

#: Locale → what a browser calls it and how the language calls itself.
LANGUAGES = {"zh_Hans_CN": ("zh-CN", "中文"), "en": ("en", "English")}
DEFAULT = "zh_Hans_CN"
COOKIE = "lang"
YEAR = 365 * 24 * 3600
#: Locale → its words, once they were read.
_catalogues: dict[Locale | None, NullTranslations] = {}


def language_tag() -> str:
    """The language of this answer as HTML and HTTP write it: "zh-CN" or "en"."""
    return LANGUAGES[str(get_locale())][0]


def init_app(app: Flask) -> None:
    """Add Flask-Babel. Message ids are Chinese; English comes from the catalogue."""
    app.config.update(BABEL_DEFAULT_LOCALE=DEFAULT, BABEL_DEFAULT_TIMEZONE="Asia/Shanghai")
    Babel(app, locale_selector=_chosen)
    # Flask-Babel looks up its context three times for every word, and a page has hundreds.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda words: _catalogue().gettext(words),
        ngettext=lambda one, many, count: _catalogue().ngettext(one, many, count),
        newstyle=True,
    )
    app.after_request(_remember)
    app.jinja_env.globals.update(language_tag=language_tag, languages=LANGUAGES, language_url=language_url)


def language_url(tag: str) -> str:
    """The address of this page in another language, with every filter kept."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return f"{request.path}?{urlencode([*kept, ('lang', tag)])}"


def known(tag: str | None) -> str | None:
    """The locale that a tag such as "zh-CN", "zh", "zh_Hans_CN" or "en-GB" stands for, or None."""
    if not tag:
        return None
    first = tag.replace("_", "-").partition("-")[0].lower()
    return {"zh": "zh_Hans_CN", "en": "en"}.get(first)


def _catalogue() -> NullTranslations:
    locale = get_locale()
    found = _catalogues.get(locale)
    if found is None:
        found = _catalogues[locale] = get_domain().get_translations()
    return found


def _chosen() -> str:
    if not has_request_context():
        return DEFAULT
    return (
        known(request.args.get("lang"))
        or known(request.cookies.get(COOKIE))
        or g.get("user_locale")
        or _best_accepted()
        or DEFAULT
    )


def _best_accepted() -> str | None:
    return next((locale for tag, _ in request.accept_languages if (locale := known(tag))), None)


def _remember(response: Response) -> Response:
    """Keep a language that was chosen on a page; the API has no cookies."""
    chosen = known(request.args.get("lang"))
    if chosen and not request.path.startswith("/api/"):
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        tag = LANGUAGES[chosen][0]
        response.set_cookie(COOKIE, tag, max_age=YEAR, samesite="Lax", secure=secure, httponly=True)
    response.headers["Content-Language"] = language_tag()
    response.vary.update(("Accept-Language", "Cookie"))
    return response
