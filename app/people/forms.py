"""What a person changes about himself or herself."""

from flask_babel import lazy_gettext as later
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length

from app.languages import LANGUAGES


class LocaleForm(FlaskForm):
    """The language of pages and mail."""

    locale = SelectField(
        later("语言"),
        choices=[SelectChoice(locale, name) for locale, (_, name) in LANGUAGES.items()],
        validators=[DataRequired()],
    )


class TokenForm(FlaskForm):
    """A name by which one knows a token again."""

    name = StringField(later("用途"), validators=[DataRequired(), Length(max=100)])
