"""Crates that would be compiled again are named, with what they lack."""

import unittest
from unittest import mock

from lib import features
from lib.failure import Failure


class Features(unittest.TestCase):
    def check(self, alone: str) -> None:
        trees = {"--depth": "edge v0.1.0 (/w/edge)\n", "--workspace": "edge v0.1.0 (/w/edge)|x\ntokio v1|fs,net\nsyn v2 (proc-macro)|full (*)\n",
                 "-p": alone}
        with mock.patch.object(features, "_cargo", lambda *arguments: next(
                tree for word, tree in trees.items() if word in arguments)):
            features.check()

    def test_the_same_features_are_fine(self):
        self.check("edge v0.1.0 (/w/edge)|\ntokio v1|net,fs\nsyn v2|full\n")

    def test_a_crate_with_fewer_is_named(self):
        with self.assertRaisesRegex(Failure, r"edge: tokio v1 lacks fs"):
            self.check("tokio v1|net\n")
