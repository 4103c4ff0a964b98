"""The golden vectors of protocol/vectors, read by a second implementation."""

import json
import unittest
from pathlib import Path

import second

ROOT = Path(__file__).resolve().parents[3]
VECTORS = ROOT / "protocol" / "vectors"
DICTIONARIES = {0: None, 1: (ROOT / "protocol" / "assets" / "dictionary-1.zdict").read_bytes()}


def vectors(name):
    return json.loads((VECTORS / name).read_text())


def raw(text):
    return bytes.fromhex(text)


class Cbor(unittest.TestCase):
    def test_good_is_read_and_written_back(self):
        for case in vectors("cbor.json")["good"]:
            with self.subTest(case["name"]):
                self.assertEqual(second.encode(second.canonical(raw(case["hex"]))), raw(case["hex"]))

    def test_bad_is_refused_for_its_reason_at_its_byte(self):
        for case in vectors("cbor.json")["bad"]:
            with self.subTest(case["name"]), self.assertRaises(second.Refused) as refused:
                second.canonical(raw(case["hex"]))
            self.assertEqual((refused.exception.reason, refused.exception.byte), (case["reason"], case["byte"]))

    def test_payloads_are_canonical(self):
        for case in vectors("payloads.json")["good"]:
            with self.subTest(case["name"]):
                record = second.canonical(raw(case["payload"]))
                self.assertEqual((record[0], record[1], record[4]), (case["at"], case["place"], case["kind"]))


class Journal(unittest.TestCase):
    def setUp(self):
        self.chain = vectors("chain.json")

    def test_hashes(self):
        for case in self.chain["hashes"]:
            self.assertEqual(second.tagged(case["tag"], *map(raw, case["parts"])).hex(), case["hash"])

    def test_keys(self):
        for case in self.chain["keys"]:
            key = second.public_key(raw(case["seed"]))
            found = {
                "public_key": key, "device_id": second.device_id(key), "server_id": second.server_id(key),
                "fingerprint": second.fingerprint(key), "first_link": second.first_link(key),
            }
            self.assertEqual({name: value.hex() for name, value in found.items()} | {"seed": case["seed"]}, case)

    def test_notes(self):
        for case in self.chain["notes"]:
            found = second.commitment(case["field"], raw(case["salt"]), case["text"])
            self.assertEqual(found.hex(), case["commitment"])

    def test_records(self):
        device = raw(self.chain["journal_of_device"])
        for case in self.chain["records"]:
            notes = [(field, raw(value)) for field, value in case["commitments_in_field_order"]]
            digest = second.digest(device, case["seq"], raw(case["payload"]), notes)
            link = second.next_link(raw(case["link_before"]), digest)
            self.assertEqual((digest.hex(), link.hex()), (case["digest"], case["link"]))
            self.assertEqual((second.record_id(digest), link[:8].hex()), (case["id"], case["link_short"]))


class Receipts(unittest.TestCase):
    def test_only_what_the_server_signed_over_this_link_counts(self):
        file = vectors("receipts.json")
        key = raw(file["server_public_key"])
        for case in file["cases"]:
            with self.subTest(case["name"]):
                context = (raw(case["server"]), raw(case["epoch"]), raw(case["device"]), raw(case["link"]))
                self.assertEqual(second.receipt_counts(raw(case["receipt"]), key, *context), case["valid"])
        self.assertEqual(sum(case["valid"] for case in file["cases"]), 1)


class Frames(unittest.TestCase):
    def each(self, kind, check):
        for file in ("frames.json", "frames-dictionary-1.json"):
            for case in vectors(file).get(kind, []):
                # Too long for a file: the case says how to make it.
                if case["frame"] is not None:
                    with self.subTest(f"{file}: {case['name']}"):
                        check(case, raw(case["frame"]))

    def test_good_ones_open(self):
        def check(case, frame):
            parts = second.frame_parts(frame)
            self.assertEqual(second.signed_hash(parts).hex(), case["signed_hash"])
            self.assertEqual((parts["kind"], parts["span"]), (case["kind"], case["span"]))
            self.assertEqual(second.request_hash(frame).hex(), case["request_digest"])
            self.assertEqual(second.open_frame(frame, raw(case["key"]), DICTIONARIES).hex(), case["body"])

        self.each("good", check)

    def test_replies_open_for_their_request(self):
        def check(case, frame):
            digest = raw(case["request_digest"])
            body = second.open_frame(frame, raw(case["server_key"]), DICTIONARIES, digest)
            self.assertEqual(body.hex(), case["body"])

        self.each("replies", check)

    def test_bad_ones_are_refused_for_their_reason(self):
        def check(case, frame):
            with self.assertRaises(second.Refused) as refused:
                second.open_frame(frame, raw(case["key"]), DICTIONARIES)
            self.assertEqual(refused.exception.reason, case["reason"])

        self.each("bad", check)


class Enrolment(unittest.TestCase):
    def test_the_proof_binds_code_and_key(self):
        case = vectors("enrolment.json")["proof"]
        self.assertEqual(second.code_key(case["handle"], case["secret"]).hex(), case["code_key"])
        self.assertEqual(second.proof(case["handle"], case["secret"], raw(case["device_key"])).hex(), case["proof"])


class Handover(unittest.TestCase):
    def setUp(self):
        self.file = vectors("handover.json")

    def test_slips_name_their_record_and_who_signed_it(self):
        for case in self.file["slips"]:
            with self.subTest(case["name"]):
                found = second.slip(case["text"], DICTIONARIES)
                shown = {name: value.hex() if isinstance(value, bytes) else value for name, value in found.items()}
                self.assertEqual(shown, {name: case[name] for name in shown})

    def test_what_is_no_slip_is_refused_for_its_reason(self):
        for case in self.file["bad"]:
            with self.subTest(case["name"]), self.assertRaises(second.Refused) as refused:
                second.slip(case["text"], DICTIONARIES)
            self.assertEqual(refused.exception.reason, case["reason"])

    def test_codes_are_made_and_heard(self):
        for case in self.file["codes"]:
            answer = case["acceptance"], case["officer"], case["receive"]
            self.assertEqual(second.spoken_number(raw(case["offer_signature"]), *answer), case["number"])
            self.assertEqual(second.spoken(case["text"]), case["number"])
        for case in self.file["typed"]:
            self.assertEqual(second.spoken(case["text"]), case["number"], case["text"])


if __name__ == "__main__":
    unittest.main()
