"""What administrators type into the registers that have no feature of their own."""

from pydantic import Field

from app.casework.commands import Command, LongText, ShortText


class PublishYear(Command):
    """The notice of the State Council on the holidays of a year."""

    year: int = Field(title="年度", ge=2010, le=2100)
    source: ShortText = Field(title="依据", description="通知的名称和文号，例如“国办发明电〔2026〕7号”。")
    days_off: list[str] = Field(
        title="放假日", min_length=1, max_length=100,
        description="每行一天或一段，例如 2027-10-01 至 2027-10-07；普通周末不必填写。",
    )  # fmt: skip
    workdays: list[str] = Field(
        default=[], title="调休上班日", max_length=50, description="每行一天，须为周六或周日，例如 2027-09-26。"
    )


class WriteText(Command):
    """What a notification says instead of its built-in text."""

    subject: ShortText = Field(title="标题")
    said: LongText = Field(title="正文")
