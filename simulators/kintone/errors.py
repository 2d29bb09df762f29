"""How refusals are worded: `{"message", "id", "code", "errors"}`, in the language of whoever calls (section 8)."""

from __future__ import annotations

from typing import Any

TEXTS: dict[str, dict[str, str]] = {
    "invalid": {
        "en": "Missing or invalid input.",
        "ja": "入力内容が正しくありません。",
        "zh": "输入内容有误。",
        "zh-TW": "輸入內容有誤。",
    },
    "taken": {
        "en": "The value already exists.",
        "ja": "指定された値はすでに登録されています。",
        "zh": "指定的值已存在。",
        "zh-TW": "指定的值已存在。",
    },
    "unknown": {
        "en": "The specified value is not found.",
        "ja": "指定された値が見つかりません。",
        "zh": "未找到指定的值。",
        "zh-TW": "未找到相應的值。",
    },
    "wrong": {
        "en": "The value is not valid.",
        "ja": "値が正しくありません。",
        "zh": "值不正确。",
        "zh-TW": "值不正確。",
    },
    "CB_IJ01": {
        "en": "Invalid JSON string.",
        "ja": "不正なJSON文字列です。",
        "zh": "JSON错误。",
        "zh-TW": "JSON錯誤。",
    },
    "CB_IL02": {"en": "Illegal request.", "ja": "不正なリクエストです。", "zh": "非法请求。", "zh-TW": "非法請求。"},
    "CB_NO02": {
        "en": "No privilege to proceed.",
        "ja": "権限がありません。",
        "zh": "没有权限。",
        "zh-TW": "沒有權限。",
    },
    "CB_WA01": {
        "en": "Password authentication failed.",
        "ja": "パスワード認証に失敗しました。",
        "zh": "密码认证失败。",
        "zh-TW": "密碼認證失敗。",
    },
    "CB_AU01": {"en": "Please login.", "ja": "ログインしてください。", "zh": "请登录。", "zh-TW": "請登入。"},
    "CB_TW02": {
        "en": "Two-factor authentication is enabled; the REST API does not support it.",
        "ja": "2要素認証が有効です。",
        "zh": "已启用双重认证。",
        "zh-TW": "已啟用雙重認證。",
    },
    "GAIA_TO04": {
        "en": "Too many requests.",
        "ja": "リクエストが多すぎます。",
        "zh": "请求过多。",
        "zh-TW": "請求過多。",
    },
}
"""Ours where the page quotes none; what clients tell apart is as it quotes it."""
LOCALES = ("en", "ja", "zh", "zh-TW")


class Refused(Exception):
    """A call that is refused: the vendor's code, and for CB_VA01 the key at fault and what is wrong with it."""

    def __init__(self, code: str, key: str = "", reason: str = "wrong", status: int = 400) -> None:
        super().__init__(f"{code} {key} {reason}")
        self.code, self.key, self.reason, self.status = code, key, reason, status

    def document(self, locale: str, number: int) -> dict[str, Any]:
        """The body of the answer."""
        text = TEXTS["invalid" if self.code == "CB_VA01" else self.code][locale]
        document: dict[str, Any] = {"message": text, "id": f"1505999166-{number:09}", "code": self.code}
        if self.key:
            document["errors"] = {self.key: {"messages": [TEXTS[self.reason][locale]]}}
        return document
