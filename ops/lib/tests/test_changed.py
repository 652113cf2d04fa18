"""What a change can break."""

import subprocess
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from lib import changed


class Changed(unittest.TestCase):
    def test_parts_follow_from_the_files(self):
        for files, parts in (
            ([], []),
            (["README.md", "docs/phone.png", "frontend/README.md"], []),
            (["frontend/src/app/main.tsx"], ["web", "e2e"]),
            (["tests/it/groups.rs", "edge/tests/it/tls.rs"], ["rust"]),
            (["tests/clients/python_client.py"], ["e2e"]),
            (["workers/src/chat/batch.rs"], ["rust", "e2e", "audit"]),
            (["ops/bench/src/audit/check.rs"], ["rust", "audit"]),
            (["ops/lib/build.py"], list(changed.PARTS)),
            (["Cargo.lock"], list(changed.PARTS)),
            (["something/new.txt"], list(changed.PARTS)),
        ):
            with self.subTest(files):
                self.assertEqual(changed.parts(files), parts)

    def test_every_tracked_folder_is_known(self):
        """A rule that names a folder which is gone would leave its successor to run everything, unseen."""
        tracked = subprocess.run(["git", "ls-files"], cwd=changed.ROOT, capture_output=True, text=True, check=True).stdout.split()
        for begins, _ in changed._RULES:
            with self.subTest(begins):
                self.assertTrue(begins == "docs/" or any(file.startswith(begins) for file in tracked))

    def test_what_is_not_committed_counts_and_so_do_commits_since_the_fork(self):
        with tempfile.TemporaryDirectory() as folder:
            def git(*arguments: str) -> None:
                subprocess.run(["git", "-c", "user.name=n", "-c", "user.email=e", *arguments], cwd=folder, check=True,
                               capture_output=True)

            def write(name: str) -> None:
                Path(folder, name).write_text(name)
                git("add", name)

            git("init", "-b", "main")
            write("old")
            git("commit", "-m", "old")
            git("checkout", "-b", "work")
            write("committed")
            git("commit", "-m", "new")
            write("staged")
            Path(folder, "fresh").write_text("fresh")
            with mock.patch.object(changed, "ROOT", Path(folder)):
                self.assertEqual(changed.default_base(), "main")
                self.assertEqual(changed.files("main"), ["committed", "fresh", "staged"])
                self.assertEqual(changed.files("HEAD"), ["fresh", "staged"])
                with self.assertRaisesRegex(changed.Failure, "nowhere"):
                    changed.files("nowhere")
