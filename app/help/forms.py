"""A form of every kind of field, for the page that shows the components."""

from typing import Any

from flask_babel import lazy_gettext as later
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    MultipleFileField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired


class Specimen(FlaskForm):  # type: ignore[misc]
    """Fields as they stand on pages; two of them are wrong when `faulty`."""

    title = StringField(
        later("项目名称"), [InputRequired()], description=later("写明地点和内容，例如“果洛州校园安全饮水”。")
    )
    kind = SelectField(
        later("类别"), choices=[SelectChoice("a", later("社会团体")), SelectChoice("b", later("基金会"))]
    )
    amount = DecimalField(later("申请金额"), [InputRequired()])
    starts_on = DateField(later("开始日期"))
    outcome = RadioField(
        later("结论"),
        [InputRequired()],
        choices=[SelectChoice("pass", later("通过")), SelectChoice("return", later("退回补正"))],
    )
    reason = TextAreaField(later("意见"))
    truth = BooleanField(later("以上内容真实"), [InputRequired()])
    files = MultipleFileField(later("文件"))

    @classmethod
    def faulty(cls) -> Any:
        """The form after it was sent with a wrong amount and without an outcome."""
        form = cls(prefix="wrong-")
        form.amount.errors = [later("单价最多两位小数，例如 12.50。")]
        form.outcome.errors = [later("此项必填。")]
        return form
