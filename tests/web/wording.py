"""The translator behind the web room in its tests."""

from datetime import date, time

from bot.catalogue.translator import shown_time
from bot.core.messages import Content, Phrase, PhraseValue, Text
from bot.core.rich_text import RichText, Value, Verbatim, fill, parse, plain

# Drafts for the tests only: the project's own translations come from its locales.
ARABIC = {
    "worker": "عاملة",
    "owner": "صاحب العمل",
    "trainer": "مدرّبة",
    "Demo on throw-away data": "عرض ببيانات مؤقتة",
    "A new worker scans the poster": "عامل جديد يمسح الملصق",
    "New worker": "عامل جديد",
    "Close the guide": "إغلاق الدليل",
    "Next step": "الخطوة التالية",
    "Step 1 of 5.": "الخطوة 1 من 5.",
    "Learn with {name}: tap the buttons below the messages until a question comes.": "تعلّم مع {name}: اضغط الأزرار تحت الرسائل حتى يأتي سؤال.",
    "What was kept": "ما حُفظ",
    "No message text is kept.": "لا يُحفظ نص أي رسالة.",
    "events": "أحداث",
    "answers": "إجابات",
    "messages waiting": "رسائل في الانتظار",
    "messages sent": "رسائل مرسلة",
    "set aside": "موضوع جانبًا",
    "Message": "رسالة",
    "Send": "إرسال",
    "is writing": "يكتب الآن",
    "waiting for the connection": "في انتظار الاتصال",
    "Safe and healthy at work": "السلامة والصحة في العمل",
    "Start again with a fresh sample": "البدء من جديد بعيّنة جديدة",
}


class Translations:
    """The translator's port, with a few phrases of Arabic."""

    def render(self, text: Text, language: str) -> RichText:
        if not isinstance(text, Phrase):
            return parse(text.text)
        source = text.plural if text.plural and text.count != 1 else text.text
        if language == "ar":
            source = ARABIC.get(source, source)
        values = {name: self._value(value, language) for name, value in text.values}
        return fill(source, values, rtl=self.is_rtl(language))

    def _value(self, value: PhraseValue, language: str) -> Value:
        if isinstance(value, Phrase | Content):
            return self.render(value, language)
        if isinstance(value, date | time):
            return shown_time(value, language)
        return value if isinstance(value, Verbatim) else str(value)

    def label(self, text: Text, language: str, limit: int) -> str:
        return plain(self.render(text, language))[:limit]

    def is_rtl(self, language: str) -> bool:
        return language == "ar"
