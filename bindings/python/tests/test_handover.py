"""Two phones, hand to hand, while the server is away; what they show is read by the second implementation."""

import tempfile
import unittest
from pathlib import Path

import pantau

import second
from desk import Desk

DICTIONARY = Path(__file__).resolve().parents[3] / "protocol" / "assets" / "dictionary-1.zdict"
GIVER, RECEIVER = 2, 3


def statement(place, body, notes=()):
    return pantau.Statement(place=place, body=body, notes=list(notes))


class Handover(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.desk = Desk()
        cls.dictionaries = {1: DICTIONARY.read_bytes()}

    @classmethod
    def tearDownClass(cls):
        cls.desk.close()

    async def phone(self, officer):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        store = await pantau.open_store(folder.name, None, None, None)
        self.addAsyncCleanup(store.shutdown)
        self.assertEqual((await store.enrol(self.desk.code(officer))).officer, officer)
        await self.sync(store)
        return store

    async def sync(self, store):
        await store.sync().forget_backoff()
        report = await store.sync().run(60, 1 << 24, None)
        self.assertTrue(report.end.is_done(), report)

    async def pair(self):
        giver, receiver = await self.phone(GIVER), await self.phone(RECEIVER)
        await self.sync(giver)
        return giver, receiver

    async def send(self, giver):
        kit = (await giver.places().tps(pantau.TpsFilter(), None, 1)).rows[0].place
        village = kit.split("/")[0]
        dispatch = pantau.Dispatch(
            from_kind=pantau.CustodyKind.PPK(),
            to=pantau.Point(kind=pantau.CustodyKind.PPS(), place=village),
            packed=pantau.Packed.AS_PACKED(),
            kits=[kit],
            containers=[pantau.Containers(count=5)],
        )
        lorry = pantau.NoteText(field=pantau.NoteField.VEHICLE(), text="Truk KH 8123 FA")
        body = pantau.Body.DISPATCH(dispatch)
        sent = await giver.capture().save(statement(village.rsplit(".", 1)[0], body, [lorry]))
        offer = await giver.handovers().give(sent.id)
        self.assertTrue(offer.is_ready())
        self.assertLessEqual(offer.bytes, 400)
        return kit, sent, offer.text, [lorry]

    async def test_both_journals_name_each_other_and_the_server_has_one_leg(self):
        giver, receiver = await self.pair()
        self.desk.down()
        kit, sent, text, notes = await self.send(giver)
        slip = second.slip(text, self.dictionaries)
        self.assertEqual((slip["id"], slip["officer"], slip["signed"]), (sent.id, GIVER, True))

        seen = (await receiver.handovers().look(text)).offered
        self.assertEqual((seen.id, seen.officer, seen.doubts, seen.notes), (sent.id, GIVER, [], notes))
        self.assertEqual(seen.dispatch.kits, [kit])
        outcome = await receiver.handovers().take(text, seen.as_sent)
        self.assertTrue(outcome.is_taken())
        answer = outcome.answer
        words = [pantau.explain_take(outcome, locale) for locale in (pantau.Locale.INDONESIAN, pantau.Locale.ENGLISH)]
        self.assertTrue(all(answer.code in sentence for sentence in words) and words[0] != words[1], words)
        self.assertTrue((await receiver.handovers().take(text, seen.as_sent)).is_already_taken())
        mine = (await receiver.places().journal(None, 0)).rows
        self.assertEqual([row.body.dispatch for row in mine], [sent.id])

        # The code says what the second implementation makes of both slips.
        receipt = second.slip(answer.text, self.dictionaries)
        as_sent = 1
        number = second.spoken_number(slip["signature"], as_sent, RECEIVER, receipt["id"])
        self.assertEqual(second.spoken(answer.code), number)
        done = await giver.handovers().confirm(answer.code.lower().replace("-", " "))
        self.assertTrue(done.is_confirmed())
        self.assertEqual((done.now.officer, done.now.receive), (RECEIVER, None))
        done = (await giver.handovers().confirm(answer.text)).now
        self.assertEqual((done.dispatch, done.receive, done.doubts), (sent.id, mine[0].id, []))
        told = (await giver.places().journal(None, 0)).rows[0].body
        self.assertEqual((told.dispatch, told.receive), (sent.id, answer.receive))

        self.desk.up()
        for phone in (receiver, giver, receiver):
            await self.sync(phone)
            self.assertTrue(await phone.sync().compare())
        timeline = {row.id for row in (await receiver.places().card(kit)).timeline}
        self.assertLessEqual({sent.id, answer.receive, done.handover}, timeline)

    async def test_what_is_odd_is_an_outcome_and_no_error(self):
        giver, receiver = await self.pair()
        other = await self.phone(GIVER)
        _, sent, text, _ = await self.send(giver)
        seen = (await receiver.handovers().look(text)).offered
        answer = (await receiver.handovers().take(text, seen.as_sent)).answer
        self.assertTrue((await giver.handovers().look(text)).is_own())
        self.assertTrue((await other.handovers().confirm(answer.text)).is_other_phone())
        self.assertTrue((await other.handovers().confirm(answer.code)).is_other_phone())
        self.assertTrue((await giver.handovers().confirm(text)).is_not_an_answer())
        self.assertTrue((await giver.handovers().confirm(answer.text)).is_confirmed())
        self.assertTrue((await giver.handovers().confirm(answer.text)).is_already_known())
        # A phone that was enrolled since is not known to the giver's.
        stranger = await self.phone(GIVER)
        taken = (await stranger.handovers().take(text, seen.as_sent)).answer
        now = (await giver.handovers().confirm(taken.text)).now
        self.assertEqual([type(doubt) for doubt in now.doubts], [pantau.Doubt.UNKNOWN_DEVICE])

        for wrong, field in (("bukan kode", "handover.text"), (text[:40], "handover.text")):
            with self.assertRaises(pantau.PantauError.Invalid) as refused:
                await receiver.handovers().look(wrong)
            self.assertEqual(refused.exception.field, field)
        with self.assertRaises(pantau.PantauError.Invalid) as misheard:
            await giver.handovers().confirm(("8" if answer.code[0] == "7" else "7") + answer.code[1:])
        self.assertEqual(misheard.exception.field, "handover.code")
        self.assertIn("12", pantau.explain(misheard.exception, pantau.Locale.INDONESIAN))


if __name__ == "__main__":
    unittest.main()
