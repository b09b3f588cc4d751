#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""The pages of provision-phone in headless Chromium: by hand, without script, narrow, and checked by
axe-core. Screenshots are kept in the folder screenshots of the build."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import peers
import phone
from web_door import PROFILE, TIMEOUT_S, WebCase

sys.path.append("/usr/lib/python3/dist-packages")  # where Debian has it for its own Python
try:
    from selenium import webdriver
    from selenium.common.exceptions import NoAlertPresentException, StaleElementReferenceException
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import Select, WebDriverWait
except ImportError:
    webdriver = None

PATHS = ["/info/status", "/info/debug", "/info/downloads", "/voice/system", "/voice/provisioning",
         "/voice/phone", "/voice/ext1"]
PROVISIONING = "/admin/voice/provisioning"
AXE = os.path.join(peers.SOURCE_ROOT, "build", "axe", "node_modules", "axe-core", "axe.min.js")
SCREENSHOTS = os.path.join(os.environ["PROV_BUILD_ROOT"], "screenshots")
WIDE, NARROW = (1000, 900), (360, 740)
NO_SCRIPT = {"profile.managed_default_content_settings.javascript": 2}


def is_possible():
    door = subprocess.run([phone.PROGRAM, "--version"], stdout=subprocess.PIPE, text=True, check=True)
    return "web door: libmicrohttpd" in door.stdout and webdriver and shutil.which("chromium") and shutil.which("chromedriver")


class BrowserTest(WebCase):
    @classmethod
    def setUpClass(cls):
        os.makedirs(SCREENSHOTS, exist_ok=True)
        cls.driver, cls.plain = cls.open({}), cls.open(NO_SCRIPT)

    @classmethod
    def open(cls, prefs):
        """A browser; it ends with the class."""
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        for word in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                     "--no-proxy-server", f"--user-data-dir={folder.name}"]:
            options.add_argument(word)
        options.add_experimental_option("prefs", prefs)
        options.set_capability("unhandledPromptBehavior", {"beforeUnload": "ignore"})
        options.set_capability("webSocketUrl", True)  # without it, such questions are answered
        driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        cls.addClassCleanup(driver.quit)
        driver.set_page_load_timeout(TIMEOUT_S)
        return driver

    @staticmethod
    def look(driver, size, scheme="light"):
        """A window of this size, light or dark."""
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False})
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        return driver

    def load(self, driver, path):
        """Load a page, even if changes of the previous one are lost."""
        driver.get(f"http://{self.web}{path}")
        if self.answer(driver, lambda question: question.accept()):
            driver.get(f"http://{self.web}{path}")

    @staticmethod
    def answer(driver, choose):
        """Whether the browser asked before it leaves a page."""
        try:
            choose(driver.switch_to.alert)
        except NoAlertPresentException:
            return False
        return True

    def field(self, driver, label):
        """A field by the text of its label, as a person finds it."""
        element = driver.find_element(By.XPATH, f"//label[normalize-space()='{label}']")
        return driver.find_element(By.ID, element.get_attribute("for"))

    def fill(self, driver, label, text):
        field = self.field(driver, label)
        if field.tag_name == "select":
            Select(field).select_by_visible_text(text)
        else:
            field.clear()
            field.send_keys(text)

    def press(self, driver, button):
        driver.find_element(By.XPATH, f"//button[.='{button}']").click()

    def see(self, driver, words):
        """The page shows these words, at the latest when the one before has gone."""
        WebDriverWait(
            driver, TIMEOUT_S, 0.1, ignored_exceptions=[StaleElementReferenceException]
        ).until(lambda _: words in driver.find_element(By.TAG_NAME, "body").text, words)

    def shoot(self, driver, name):
        driver.save_screenshot(os.path.join(SCREENSHOTS, f"{name}.png"))

    def follow_the_chapter(self, driver, url, value):
        """Enter a Profile_Rule, Submit All Changes, and see GPP_A."""
        self.load(driver, PROVISIONING)
        self.assertNotEqual(self.field(driver, "GPP A").get_attribute("value"), value)
        self.fill(driver, "Profile Rule", url)
        self.fill(driver, "Resync On Reset", "No")
        self.press(driver, "Submit All Changes")
        self.see(driver, "The changes are stored.")

        def has_value(_):
            self.load(driver, PROVISIONING)
            return self.field(driver, "GPP A").get_attribute("value") == value

        WebDriverWait(driver, TIMEOUT_S, 0.1).until(has_value)
        driver.find_element(By.LINK_TEXT, "Download Status").click()
        self.see(driver, "applied")

    def test_by_hand_with_and_without_script(self):
        self.write("basic.txt", PROFILE.format("12345678"))
        self.write("again.txt", PROFILE.format("87654321"))
        tftp = self.serve(peers.TftpdHpa(self.root))
        url = f"tftp://{tftp.host}:{tftp.port}"
        self.start("--swver", "sip88xx.12-0-7MPP")
        driver = self.look(self.driver, WIDE)
        self.follow_the_chapter(driver, f"{url}/basic.txt", "12345678")
        self.shoot(driver, "downloads")
        self.control.close()
        self.control.connect()  # the reboot has ended the connection
        self.control.do(f"resync {url}/none.txt")  # shows by itself where there is a script
        self.see(driver, "none.txt")
        self.load(driver, PROVISIONING)
        self.shoot(driver, "provisioning")
        plain = self.look(self.plain, NARROW)
        self.follow_the_chapter(plain, f"{url}/again.txt", "87654321")
        self.shoot(plain, "downloads-narrow")
        self.load(plain, PROVISIONING)
        self.shoot(plain, "provisioning-narrow")
        self.control.close()
        self.control.connect()  # the reboots have ended the connection
        self.end()

    def test_login_by_digest(self):
        self.phone.plant("s3cret")
        self.start(sets={"Admin_Password": "s3cret", "Provision_Enable": "No"})
        driver = self.look(self.driver, WIDE)
        driver.get(f"http://admin:s3cret@{self.web}{PROVISIONING}")
        self.fill(driver, "GPP A", "by digest")
        self.press(driver, "Submit All Changes")
        self.see(driver, "The changes are stored.")
        self.wait_for_reboot()
        self.assertEqual(self.value("GPP_A"), "by digest")
        self.end()

    def test_wrong_values_keyboard_and_user(self):
        self.start(sets={"GPP_B": "old"})
        driver = self.look(self.driver, WIDE)
        self.load(driver, PROVISIONING)
        self.fill(driver, "Resync Periodic", "often")
        self.fill(driver, "GPP B", "new")
        self.press(driver, "Undo All Changes")
        self.assertEqual(self.field(driver, "GPP B").get_attribute("value"), "old")
        self.fill(driver, "Resync Periodic", "often" + Keys.ENTER)  # submits, as the button does
        self.see(driver, "Values that are not valid: 1")
        field = self.field(driver, "Resync Periodic")
        self.assertEqual(field.get_attribute("aria-invalid"), "true")
        note = driver.find_element(By.ID, field.get_attribute("aria-describedby").split()[0])
        self.assertIn("expected", note.text)
        self.shoot(driver, "wrong-value")

        self.load(driver, PROVISIONING)
        driver.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
        self.assertEqual(driver.switch_to.active_element.text, "Skip to the content")
        seen = []
        for _ in range(20):
            driver.switch_to.active_element.send_keys(Keys.TAB)
            seen.append(driver.switch_to.active_element.get_attribute("id"))
        self.assertIn("Provision_Enable", seen)

        self.load(driver, "/voice/provisioning")
        self.see(driver, "nothing here for the user")
        self.assertEqual(driver.find_elements(By.XPATH, "//button"), [])
        self.end()

    def leave(self, driver, link):
        """Follow a link, and stay if the browser asks; whether it did."""
        driver.find_element(By.LINK_TEXT, link).click()
        return self.answer(driver, lambda question: question.dismiss())

    def test_changes_are_not_lost_without_a_question(self):
        self.start(sets={"Provision_Enable": "No"})
        driver = self.look(self.driver, WIDE)
        self.load(driver, PROVISIONING)
        self.see(driver, "Changes are lost if another page is opened first.")
        self.fill(driver, "GPP A", "kept")
        self.assertTrue(self.leave(driver, "Phone"))
        self.assertEqual(self.field(driver, "GPP A").get_attribute("value"), "kept")
        self.fill(driver, "Resync Periodic", "often")
        self.press(driver, "Submit All Changes")
        self.see(driver, "Values that are not valid: 1")
        self.assertTrue(self.leave(driver, "Phone"))  # the other value is not stored either
        self.fill(driver, "Resync Periodic", "1200")
        self.press(driver, "Submit All Changes")
        self.see(driver, "The changes are stored.")
        self.wait_for_reboot()
        self.fill(driver, "GPP A", "x")
        self.press(driver, "Undo All Changes")
        self.assertFalse(self.leave(driver, "Phone"))
        self.assertEqual(driver.find_element(By.TAG_NAME, "h1").text, "Phone")
        self.end()

    def violations(self, driver, axe):
        """What axe-core finds serious or critical, as lines."""
        found = driver.execute_async_script(
            axe + "; const done = arguments[arguments.length - 1];"
            "axe.run(document, {resultTypes: ['violations']}).then(r => done(r.violations));")
        return [f"{rule['id']}: {node['html']}" for rule in found
                if rule["impact"] in ("serious", "critical") for node in rule["nodes"]]

    @unittest.skipUnless(os.path.exists(AXE), "no axe-core; tests/run.sh fetches it")
    def test_axe_finds_nothing_serious(self):
        with open(AXE, encoding="utf-8") as file:
            axe = file.read()
        self.start(sets={"GPP_SA": "x", "Profile_Rule": "[--key k] http://127.0.0.1:1/",
                         "Provision_Enable": "No"})
        driver = self.driver
        for scheme, size, paths in [
            ("light", WIDE, [f"/admin{path}" for path in PATHS]),
            ("dark", NARROW, [PATHS[0], PROVISIONING, "/voice/system"]),
        ]:
            self.look(driver, size, scheme)
            for path in paths:
                with self.subTest(scheme=scheme, path=path):
                    self.load(driver, path)
                    self.assertEqual(self.violations(driver, axe), [])
            self.load(driver, PROVISIONING)
            self.shoot(driver, scheme)
            width = driver.execute_script("return document.documentElement.scrollWidth")
            self.assertLessEqual(width, driver.execute_script("return window.innerWidth"))
            self.fill(driver, "Resync Periodic", "often")
            self.press(driver, "Submit All Changes")
            self.assertEqual(self.violations(driver, axe), [])
        self.end()


if __name__ == "__main__":
    if not is_possible():
        print("no web door, chromium, chromium-driver or python3-selenium")
        sys.exit(peers.EXIT_SKIPPED)
    peers.run_tests()
