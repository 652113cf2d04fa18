"""Credentials, private files, and what is built anew."""

import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from lib import build, paths, servers
from lib.failure import Failure
from lib.paths import Instance


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_credentials_are_made_once_and_only_the_owner_may_read_them(self):
        instance = Instance(self.folder)
        first = paths.credentials(instance)
        self.assertEqual(paths.credentials(instance), first)
        self.assertEqual((self.folder / "credentials.json").stat().st_mode & 0o777, 0o600)
        self.assertEqual(len(set(first.values())), len(first))

    def test_lost_credentials_are_an_error_when_there_is_data(self):
        (self.folder / "postgres").mkdir()
        with self.assertRaises(Failure):
            paths.credentials(Instance(self.folder))

    def test_too_little_space_is_an_error_that_names_the_folder(self):
        with self.assertRaises(Failure) as caught:
            servers.require_space(self.folder, 10**9)
        self.assertIn(str(self.folder), str(caught.exception))

    def test_a_changed_source_changes_the_fingerprint(self):
        source = self.folder / "main.ts"
        with mock.patch.object(build, "ROOT", self.folder):
            source.write_text("one")
            first = build._fingerprint([source])
            self.assertEqual(build._fingerprint([source]), first)
            source.write_text("two")
            self.assertNotEqual(build._fingerprint([source]), first)

    def test_the_web_client_is_not_built_again_for_a_new_data_folder(self):
        frontend = self.folder / "frontend"
        (frontend / "dist").mkdir(parents=True)
        (frontend / "dist" / "index.html").write_text("built")
        (frontend / "main.ts").write_text("one")
        built = []
        with (mock.patch.multiple(build, ROOT=self.folder, FRONTEND=frontend, STAMP=frontend / "node_modules" / "stamp"),
              mock.patch.object(build, "install_modules"),
              mock.patch.object(build, "run_logged", lambda *_arguments, **_options: built.append(1))):
            results = [build.web(Instance(self.folder / data)) for data in ("first", "first", "second")]
            (frontend / "main.ts").write_text("two")
            results.append(build.web(Instance(self.folder / "second")))
        self.assertEqual((results, len(built)), (["built", "unchanged", "unchanged", "built"], 2))

    def test_node_modules_are_installed_again_only_when_they_differ_from_the_lock_file(self):
        lock, installed = self.folder / "package-lock.json", self.folder / ".package-lock.json"

        def holds(*packages: str) -> bool:
            installed.write_text(json.dumps({"packages": {name: {"version": "1"} for name in packages}}))
            return build._installed(lock, installed)

        lock.write_text(json.dumps({"packages": {
            "": {}, "a": {"version": "1"}, "b": {"version": "1", "optional": True}}}))
        self.assertFalse(build._installed(lock, installed))
        self.assertTrue(holds("a"))
        self.assertTrue(holds("a", "b"))
        self.assertFalse(holds("b"))
        self.assertFalse(holds("a", "c"))
        lock.write_text(json.dumps({"packages": {"a": {"version": "2"}}}))
        self.assertFalse(holds("a"))
