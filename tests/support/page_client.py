# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""A reader of the phone's page, without a browser: tabs by their names, fields by their labels."""

import html.parser
import http.client
import re
import time
import urllib.error
import urllib.parse
import urllib.request

POLL_S = 0.1
PATIENCE_S = 20
FIELDS = ("input", "select", "textarea", "output")


class NotThere(Exception):
    """What the reader looks for is not on the page."""


class Page(html.parser.HTMLParser):
    """Links, labels, fields and buttons of one page."""

    def __init__(self, text):
        super().__init__()
        self.links = {}  # (menu, text) -> address
        self.labels = {}  # label -> id
        self.fields = {}  # id -> (name or None, value)
        self.hidden = {}
        self.buttons = {}  # text -> (name, value)
        self.errors = []
        self.action = None
        self.heading = ""
        self.open = []  # (tag, attributes, text so far) of the elements whose text counts
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.action = attrs.get("action")
        elif tag == "input" and attrs.get("type") == "hidden":
            self.hidden[attrs["name"]] = attrs.get("value", "")
        elif tag == "input":
            self.fields[attrs.get("id")] = (attrs.get("name"), attrs.get("value", ""))
        elif tag in ("a", "h2", "label", "textarea", "select", "option", "output", "button", "p"):
            self.open.append([tag, attrs, ""])

    def handle_data(self, data):
        if self.open:
            self.open[-1][2] += data

    def handle_endtag(self, tag):
        if not self.open or self.open[-1][0] != tag:
            return
        _, attrs, text = self.open.pop()
        if tag == "h2":
            self.heading = text
        elif tag == "a":
            self.links[(self.heading, text)] = attrs.get("href")
        elif tag == "label":
            self.labels[text.strip()] = attrs.get("for")
        elif tag in ("textarea", "output"):
            self.fields[attrs.get("id")] = (attrs.get("name"), text)
        elif tag == "option" and ("selected" in attrs or "value" not in self.select()):
            self.select()["value"] = attrs.get("value", text)
        elif tag == "select":
            self.fields[attrs.get("id")] = (attrs.get("name"), attrs.get("value", ""))
        elif tag == "button":
            self.buttons[text.strip()] = (attrs.get("name"), attrs.get("value", ""))
        elif tag == "p" and "error" in attrs.get("class", ""):
            self.errors.append(text.strip())

    def select(self):
        """The attributes of the select that is open."""
        return self.open[-1][1]


class PageClient:
    """One reader, at one page at a time."""

    def __init__(self, url):
        self.url = url
        self.page = None
        self.changes = {}

    def fetch(self, address, data=None):
        """A page; while the phone reboots, it does not answer."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                target = urllib.parse.urljoin(self.url, address)
                with urllib.request.urlopen(target, data, timeout=5) as answer:
                    self.url = answer.url
                    self.page = Page(answer.read().decode())
                    return
            except urllib.error.HTTPError as error:
                self.page = Page(error.read().decode())
                return
            except (OSError, http.client.HTTPException) as error:
                if time.monotonic() > deadline or data is not None:
                    raise NotThere(str(error)) from error
            time.sleep(POLL_S)

    def go(self, menu, tab):
        if self.page is None:
            self.fetch(self.url)
        if (menu, tab) not in self.page.links:
            raise NotThere(f"no link among {list(self.page.links)}")
        self.fetch(self.page.links[(menu, tab)])
        self.changes = {}

    def field(self, label):
        """(id, value) of the field with this label."""
        found = self.page.labels.get(label)
        if found not in self.page.fields:
            raise NotThere(f"no such field among {list(self.page.labels)}")
        return found, self.page.fields[found][1]

    def fill(self, label, value):
        self.changes[self.field(label)[0]] = value

    def press(self, button):
        if button not in self.page.buttons:
            raise NotThere(f"no such button among {list(self.page.buttons)}")
        form = dict(self.page.hidden)
        for found, (name, value) in self.page.fields.items():
            if name:
                form[name] = self.changes.get(found, value)
        name, value = self.page.buttons[button]
        if name:
            form[name] = value
        self.changes = {}
        here = self.url
        self.fetch(self.page.action, urllib.parse.urlencode(form).encode())
        if self.page.errors:
            raise NotThere(f"refused: {self.page.errors}")
        self.url = here

    def see(self, label, value):
        """The field shows this, after a while at most; `...` stands for anything."""
        wanted = re.compile(".*".join(re.escape(part) for part in value.split("...")), re.S)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            self.fetch(self.url)
            found = self.field(label)[1]
            if wanted.fullmatch(found):
                return
            if time.monotonic() > deadline:
                raise NotThere(f"found '{found}'")
            time.sleep(POLL_S)
