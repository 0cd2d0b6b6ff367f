"""What a person changes about himself or herself."""

from flask_babel import lazy_gettext as later
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length

from app.languages import LANGUAGES
from app.people.models import SCOPE_LABELS


class LocaleForm(FlaskForm):
    """The language of pages and mail."""

    locale = SelectField(
        later("语言"),
        choices=[SelectChoice(locale, name) for locale, (_, name) in LANGUAGES.items()],
        validators=[DataRequired()],
    )


class TokenForm(FlaskForm):
    """A name by which one knows a token again, what it may be used for, and for how long."""

    name = StringField(later("用途"), validators=[DataRequired(), Length(max=100)])
    scope = SelectField(
        later("权限"),
        choices=[SelectChoice(scope, later(label)) for scope, label in SCOPE_LABELS.items()],
        default="act",
        validators=[DataRequired()],
    )
    days = SelectField(
        later("有效期"),
        choices=[SelectChoice(str(days), later("%(days)s 天", days=days)) for days in (30, 90, 365)],
        default="90",
        validators=[DataRequired()],
    )
