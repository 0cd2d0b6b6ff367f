"""Passkeys in a real browser, with a device that the browser plays (WebAuthn virtual authenticator)."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from app import create_app
from app.database import db
from app.people.permissions import Actor
from app.people.service import change_password
from app.settings import Settings
from tests.browser.looking import barriers
from tests.browser.serving import served
from tests.browser.sitting import NARROW, WIDE, Sitter
from tests.make import email_of, person
from tests.pages.browsing import PASSWORD

DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


class Door:
    """Answers by the application that is behind it; the address is known before the application is made."""

    app: Flask

    def __call__(self, *words: Any) -> Any:
        """One request."""
        return self.app(*words)


@pytest.fixture
def home(app: Flask, settings: Settings) -> Iterator[str]:
    """The application at a name of this machine, asking staff for a second factor and again before acts."""
    door = Door()
    with served(door) as address:  # type: ignore[arg-type]
        where = address.replace("127.0.0.1", "localhost")
        changed = {"public_url": where, "second_factor": "required", "reauthentication_minutes": 5}
        door.app = create_app(settings.model_copy(update=changed))
        yield where
    with door.app.app_context():
        db.engine.dispose()


@pytest.fixture
def sit(chromium: Browser, home: str) -> Iterator[Callable[..., Sitter]]:
    """`sit(viewport=…)`: somebody new at a window."""
    contexts = []

    def down(**properties: Any) -> Sitter:
        contexts.append(chromium.new_context(locale="zh-CN", **properties))
        return Sitter(contexts[-1], home)

    yield down
    for context in contexts:
        context.close()


def with_device(page: Page, **changed: Any) -> tuple[Any, str]:
    """Give the window a device that makes passkeys: the session by which one speaks to it, and its name."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE | changed})
    return session, made["authenticatorId"]


def password(sitter: Sitter, someone: Actor) -> Page:
    """Give the right password, and arrive where it leads."""
    assert someone.user_id is not None
    change_password(someone.user_id, PASSWORD)
    page = sitter.open("/sign-in")
    page.locator("input[type=email]").fill(email_of(someone))
    page.locator("input[type=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="登录", exact=True).click()
    return page


def register(sitter: Sitter, name: str) -> Page:
    """Add a passkey of this device."""
    page = sitter.open("/account/passkeys")
    page.get_by_label("名称").fill(name)
    page.get_by_role("button", name="下一步：由设备创建").click()
    with page.expect_response(lambda answer: answer.status == HTTPStatus.CREATED):
        page.get_by_role("button", name=f"创建通行密钥“{name}”").click()
    expect(page.get_by_role("heading", name="恢复代码").or_(page.get_by_role("heading", name=name))).to_be_visible()
    return page


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_staff_register_a_passkey_and_sign_in_with_it_alone(sit: Callable[..., Sitter], viewport: Any) -> None:
    someone, sitter = person("secretary"), sit(viewport=viewport)
    with_device(sitter.page)
    page = password(sitter, someone)
    assert sitter.path == "/account/second-factor"
    page.get_by_role("link", name="添加通行密钥").click()
    register(sitter, "办公电脑")
    assert barriers(page) == []
    page = sitter.open("/account/passkeys")
    expect(sitter.main).to_contain_text("尚未使用")
    assert barriers(page) == []

    page.context.clear_cookies()
    page = sitter.open("/sign-in?next=/account/passkeys")
    assert barriers(page) == []
    page.get_by_role("button", name="用通行密钥登录").click()

    expect(page).to_have_url(f"{sitter.address}/account/passkeys")
    expect(sitter.main).to_contain_text("办公电脑")
    expect(sitter.main).not_to_contain_text("尚未使用")


def test_a_passkey_is_the_second_factor_and_proves_who_one_is(sit: Callable[..., Sitter], superuser: Any) -> None:
    someone, sitter = person("secretary"), sit(viewport=WIDE)
    with_device(sitter.page)
    password(sitter, someone)
    register(sitter, "办公电脑")
    sitter.page.context.clear_cookies()

    page = password(sitter, someone)
    assert sitter.path == "/sign-in/code"
    assert barriers(page) == []
    page.get_by_role("button", name="用通行密钥确认").click()
    expect(page).to_have_url(f"{sitter.address}/inbox")

    superuser.execute("UPDATE sign_in SET proven_at = now() - interval '6 minutes'")
    page = sitter.open("/account/passkeys")
    page.get_by_label("名称").fill("安全钥匙")
    page.get_by_role("button", name="下一步：由设备创建").click()
    expect(page.get_by_role("heading", name="请再次核对身份")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("button", name="用通行密钥核对").click()
    expect(page.get_by_role("button", name="创建通行密钥“安全钥匙”")).to_be_visible()


def test_a_device_that_does_not_know_its_person_opens_nothing_and_the_page_says_so(sit: Callable[..., Sitter]) -> None:
    someone, sitter = person("secretary"), sit(viewport=WIDE)
    session, device = with_device(sitter.page)
    password(sitter, someone)
    register(sitter, "办公电脑")
    sitter.page.context.clear_cookies()
    page = sitter.open("/sign-in")
    session.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})

    page.get_by_role("button", name="用通行密钥登录").click()

    expect(page.get_by_role("status").filter(has_text="没有取得通行密钥")).to_be_visible()
    assert sitter.path == "/sign-in"


def test_without_scripts_the_page_offers_the_other_ways(sit: Callable[..., Sitter]) -> None:
    page = sit(java_script_enabled=False).open("/sign-in")

    expect(page.get_by_text("使用通行密钥须启用浏览器脚本；您也可以使用其他方式。")).to_be_visible()
    expect(page.get_by_role("button", name="用通行密钥登录")).to_be_hidden()
    expect(page.get_by_role("button", name="登录", exact=True)).to_be_visible()


def test_at_an_address_where_it_is_not_good_the_page_leads_to_the_one_where_it_is(
    sit: Callable[..., Sitter], home: str
) -> None:
    sitter = sit()
    sitter.address = home.replace("localhost", "127.0.0.1")

    page = sitter.open("/sign-in")

    expect(sitter.main.get_by_role("link", name=home)).to_have_attribute("href", f"{home}/sign-in")
    expect(page.get_by_role("button", name="用通行密钥登录")).to_have_count(0)
