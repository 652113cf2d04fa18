"""The small MongoDB client: BSON and SCRAM-SHA-256."""

import unittest

from lib import mongowire


class Bson(unittest.TestCase):
    def test_documents_survive_the_round_trip(self):
        document = {"a": 1, "b": -(2**40), "c": 1.5, "d": "grün", "e": True, "f": None, "g": b"\0\1",
                    "h": {"i": [1, "two", {"three": 3}]}, "empty": {}, "list": []}
        self.assertEqual(mongowire.decode(mongowire.encode(document)), document)

    def test_the_example_of_the_specification(self):  # bsonspec.org/faq
        self.assertEqual(mongowire.encode({"hello": "world"}),
                         b"\x16\x00\x00\x00\x02hello\x00\x06\x00\x00\x00world\x00\x00")

    def test_values_it_does_not_interpret_are_sent_back_unchanged(self):
        document = b"\x15\x00\x00\x00\x07id\x00" + bytes(range(12)) + b"\x00"
        self.assertEqual(mongowire.encode(mongowire.decode(document)), b"\x15\x00\x00\x00" + document[4:])


class Scram(unittest.TestCase):
    def test_the_example_of_rfc_7677(self):
        final, signature = mongowire.client_final(
            "pencil", "n=user,r=rOprNGfwEbeRWgbNEkqO",
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
        self.assertEqual(final, "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                                "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
        self.assertEqual(signature, "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
