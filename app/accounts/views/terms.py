"""The blueprint of the pages of this feature."""

from flask import Blueprint

accounts = Blueprint("accounts", __name__)
