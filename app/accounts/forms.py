"""What one types to get into an account again."""

from flask_babel import lazy_gettext as later
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

from app.people.models import SHORTEST_PASSWORD


class ForgottenForm(FlaskForm):
    """By which name one signs in."""

    email = StringField(later("电子邮箱"), validators=[DataRequired(later("请填写电子邮箱。")), Length(max=254)])


class PasswordForm(FlaskForm):
    """A password of one's own, twice."""

    password = PasswordField(
        later("新密码"), validators=[Length(min=SHORTEST_PASSWORD, max=1000, message=later("密码至少 12 个字符。"))]
    )
    again = PasswordField(
        later("再次输入新密码"), validators=[EqualTo("password", message=later("两次输入的密码不一致。"))]
    )
