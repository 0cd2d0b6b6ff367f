"""The form that adds papers to a case."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as later
from werkzeug.datastructures import FileStorage
from wtforms import Form, MultipleFileField, SelectField
from wtforms.validators import InputRequired, ValidationError


class PapersForm(Form):  # type: ignore[misc]
    """One kind, and any number of files of that kind."""

    kind = SelectField(later("材料种类"), validators=[InputRequired(later("请选择材料种类。"))])
    file = MultipleFileField(later("文件"))

    def validate_file(self, _field: MultipleFileField) -> None:
        """Ask for at least one file; an empty choice arrives as one file without a name."""
        if not self.files:
            raise ValidationError(_("请选择至少一个文件。"))

    @property
    def files(self) -> list[FileStorage]:
        """The files that were chosen."""
        return [file for file in self.file.data or [] if isinstance(file, FileStorage) and file.filename]
