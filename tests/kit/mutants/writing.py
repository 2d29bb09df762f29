"""Defects in creating, changing, amending and deleting."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scim_adapter import Change, Delta, Exists, Gone, Invalid, Native, New, Page, Query
from tests.kit.memory import FULL, People, Teams
from tests.kit.mutants import found_by


@found_by("test_a_created_record_is_there_at_once", "find does not find")
class ShowsTheNewestLater(People):
    async def find(self, query: Query) -> Page:
        page = await super().find(query)
        newest = list(self.records)[-1:]
        return replace(page, records=[r for r in page.records if r["key"] not in newest])


@found_by("test_a_created_record_is_there_at_once", "get does not find")
class AnswersWithAnotherKey(People):
    async def create(self, new: New) -> Native | str:
        return f"new-{await super().create(new)}"


@found_by("test_every_mapped_field_survives", "title")
class ForgetsTitles(People):
    async def create(self, new: New) -> Native | str:
        return await super().create(replace(new, record={**new.record, "title": None}))


@found_by("test_every_mapped_field_survives", "kind")
class ForgetsWhatIsCreateOnly(People):
    async def create(self, new: New) -> Native | str:
        return await super().create(replace(new, record={n: v for n, v in new.record.items() if n != "kind"}))


@found_by("test_every_mapped_field_survives", "people")
class ForgetsMembers(Teams):
    async def create(self, new: New) -> Native | str:
        return await super().create(replace(new, record={**new.record, "people": []}))


@found_by("test_names_with_quotes_wildcards_blanks_and_foreign_letters_survive", "'東京'")
class KnowsAsciiOnly(People):
    async def create(self, new: New) -> Native | str:
        plain = {
            n: v.encode("latin1", "replace").decode("latin1") if isinstance(v, str) else v
            for n, v in new.record.items()
        }
        return await super().create(replace(new, record=plain))


@found_by("test_names_with_quotes_wildcards_blanks_and_foreign_letters_survive", "two  blanks")
class SqueezesBlanks(People):
    async def create(self, new: New) -> Native | str:
        squeezed = {n: " ".join(v.split()) if isinstance(v, str) else v for n, v in new.record.items()}
        return await super().create(replace(new, record=squeezed))


@found_by("test_required_fields_are_enough", "Titles are needed")
class NeedsATitle(People):
    async def create(self, new: New) -> Native | str:
        if not new.record.get("title"):
            raise Invalid("Titles are needed.", field="title")
        return await super().create(new)


@found_by("test_create_leaves_what_it_is_given_alone", "changes the record")
class TakesThePassword(People):
    async def create(self, new: New) -> Native | str:
        password = new.record.pop("secret", None)
        return await super().create(replace(new, record={**new.record, "secret": password}))


@found_by("test_create_leaves_what_it_is_given_alone", "lists of the caller")
class KeepsTheCallersLists(People):
    async def create(self, new: New) -> Native | str:
        key = str(await super().create(new))
        self.records[key]["roles"] = new.record.get("roles")
        return key


@found_by("test_create_answers_with_the_record_or_its_key", "must answer")
class AnswersNothing(People):
    async def create(self, new: New) -> Native | str:
        await super().create(new)
        return ""


@found_by("test_create_answers_with_the_record_or_its_key", "otherwise")
class AnswersWithWhatWasSent(People):
    async def create(self, new: New) -> Native | str:
        key = str(await super().create(new))
        self.records[key]["title"] = f"The {new.record.get('title')}"
        return {**new.record, "key": key}


class _MakesTwo(People):
    async def create(self, new: New) -> Native | str:
        self.done.clear()
        return await super().create(new)

    def demand_free(self, values: Native, key: str | None = None) -> None:
        pass


@found_by("test_a_repeated_create_makes_no_second_record", "two keys")
class RepeatsMakeTwo(_MakesTwo):
    pass


@found_by("test_a_create_whose_answer_was_lost_made_one_record", "another key")
class LostAnswersMakeTwo(_MakesTwo):
    pass


@found_by(
    "test_a_create_whose_answer_was_lost_made_one_record",
    "declare repeatable_create",
    can=replace(FULL, repeatable_create=False),
)
class TwinsAreWelcome(_MakesTwo):
    pass


@found_by("test_write_only_fields_never_come_back", "comes back")
class TellsThePassword(People):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.hidden = []


@found_by("test_write_only_fields_never_come_back", "elsewhere")
class TellsThePasswordElsewhere(People):
    def out(self, row: Native, without: Any = ()) -> Native:
        return {**super().out(row, without), "note": f"welcome {row.get('secret')}"}


@found_by("test_write_only_fields_never_come_back", "comes back")
class TellsThePasswordOnceMore(People):
    async def update(self, change: Change) -> Native | None:
        record = await super().update(change)
        return None if record is None else {**record, "secret": change.set.get("secret")}


# -- values that are taken -------------------------------------------------------------------------------------------


@found_by("test_taken_is_exists_on_create_and_names_the_field", "Exists names None")
class NamesNoField(People):
    def demand_free(self, values: Native, key: str | None = None) -> None:
        try:
            super().demand_free(values, key)
        except Exists:
            raise Exists("Taken.") from None


@found_by("test_taken_is_exists_on_create_and_names_the_field", "DID NOT RAISE")
class TakesEverybody(People):
    def demand_free(self, values: Native, key: str | None = None) -> None:
        pass


@found_by("test_taken_is_exists_on_create_and_names_the_field", "leaves a record behind")
class RefusesTooLate(People):
    async def create(self, new: New) -> Native | str:
        try:
            return await super().create(new)
        except Exists:
            self.records["half"] = {"key": "half", "version": 1}
            raise


@found_by("test_taken_is_exists_on_update_and_names_the_field", "DID NOT RAISE")
class GuardsCreateOnly(People):
    def demand_free(self, values: Native, key: str | None = None) -> None:
        if key is None:
            super().demand_free(values, key)


@found_by("test_taken_is_exists_on_update_and_names_the_field", "changes")
class ChangesAndThenRefuses(People):
    async def update(self, change: Change) -> Native | None:
        try:
            return await super().update(change)
        except Exists:
            self.records[change.key]["number"] = None
            raise


@found_by("test_a_record_may_keep_its_own_values", "Taken")
class IsInItsOwnWay(People):
    def demand_free(self, values: Native, key: str | None = None) -> None:
        super().demand_free(values)


# -- changing --------------------------------------------------------------------------------------------------------


@found_by("test_update_changes_only_what_changed", "alone changes", can=replace(FULL, partial=False))
class ReplacesByTheDifference(People):
    async def update(self, change: Change) -> Native | None:
        return await super().update(replace(change, after=change.set))


@found_by("test_update_changes_only_what_changed", "of another one")
class ChangesEverybody(People):
    async def update(self, change: Change) -> Native | None:
        for row in self.records.values():
            row["title"] = change.set.get("title", row.get("title"))
        return await super().update(change)


@found_by("test_update_changes_only_what_changed", "does not change title")
class NeverChangesTitles(People):
    async def update(self, change: Change) -> Native | None:
        return await super().update(replace(change, set={n: v for n, v in change.set.items() if n != "title"}))


@found_by("test_several_fields_change_in_one_update", "does not change")
class ChangesOneField(People):
    async def update(self, change: Change) -> Native | None:
        return await super().update(replace(change, set=dict(list(change.set.items())[:1])))


@found_by("test_none_clears", "None does not clear")
class NoneIsNothing(People):
    async def update(self, change: Change) -> Native | None:
        return await super().update(replace(change, set={n: v for n, v in change.set.items() if v is not None}))


@found_by("test_none_clears", "changes")
class ClearsTheNeighbour(People):
    async def update(self, change: Change) -> Native | None:
        more = {"display": None} if "title" in change.set and change.set["title"] is None else {}
        return await super().update(replace(change, set={**change.set, **more}))


@found_by("test_update_answers_with_the_record_or_nothing", "otherwise than get")
class AnswersWithTheOldRecord(People):
    async def update(self, change: Change) -> Native | None:
        await super().update(change)
        return change.before


@found_by("test_update_leaves_what_it_is_given_alone", "changes what it is given")
class UsesUpTheChange(People):
    async def update(self, change: Change) -> Native | None:
        record = await super().update(change)
        change.set.clear()
        return record


@found_by("test_the_same_update_may_come_again", "Nothing changed")
class RefusesTheSame(People):
    async def update(self, change: Change) -> Native | None:
        row = self.row(change.key)
        if change.set and all(row.get(name) == value for name, value in change.set.items()):
            raise Invalid("Nothing changed.")
        return await super().update(change)


@found_by("test_an_update_whose_answer_was_lost_can_be_repeated", "seen before")
class TakesAnOperationOnce(People):
    async def update(self, change: Change) -> Native | None:
        if change.ask.op in self.done:
            raise Invalid("This operation was seen before.")
        self.done[change.ask.op] = change.key
        return await super().update(change)


@found_by("test_one_operation_may_create_and_then_update", "not carried out")
class TakesUpdatesForRepeats(People):
    async def update(self, change: Change) -> Native | None:
        if change.ask.op in self.done:
            return None
        return await super().update(change)


@found_by("test_the_key_stays_unless_it_is_declared_mutable", "changes the key")
class FollowsTheLogin(People):
    async def update(self, change: Change) -> Native | None:
        await super().update(change)
        row = self.records.pop(change.key)
        key = str(change.set.get("login", change.key))
        self.records[key] = {**row, "key": key}
        return self.out(self.records[key])


@found_by("test_the_key_stays_unless_it_is_declared_mutable", "old key too", can=replace(FULL, mutable_key=True))
class AnswersToBothKeys(People):
    async def update(self, change: Change) -> Native | None:
        await super().update(change)
        key = str(change.set.get("login", change.key))
        self.records[key] = {**self.records[change.key], "key": key}
        return self.out(self.records[key])


@found_by("test_fresh_without_a_difference_changes_nothing", "changes")
class FreshMeansEmpty(People):
    async def update(self, change: Change) -> Native | None:
        return await super().update(replace(change, set={**change.set, "title": None}) if change.fresh else change)


@found_by("test_fresh_without_a_difference_changes_nothing", "Nothing to do")
class RefusesToDoNothing(People):
    async def update(self, change: Change) -> Native | None:
        if not change.set:
            raise Invalid("Nothing to do.")
        return await super().update(change)


@found_by("test_fresh_repeats_the_side_steps_of_create", "does not repeat")
class ForgetsTheSideStep(People):
    async def update(self, change: Change) -> Native | None:
        return await super().update(replace(change, fresh=False))


# -- versions --------------------------------------------------------------------------------------------------------


@found_by("test_the_version_moves_with_every_change", "version does not")
class TitlesKeepTheVersion(People):
    async def update(self, change: Change) -> Native | None:
        version = self.row(change.key)["version"]
        await super().update(change)
        if set(change.set) == {"title"}:
            self.records[change.key]["version"] = version
        return None


@found_by("test_lists_tell_the_version_too", "different versions")
class ListsTellAnotherVersion(People):
    def out(self, row: Native, without: Any = None) -> Native:
        found = super().out(row)
        return found if without is None else {**found, "version": "listed"}


@found_by("test_an_update_of_an_old_version_is_stale", "DID NOT RAISE")
class OverwritesTheNewer(People):
    async def update(self, change: Change) -> Native | None:
        return await super().update(replace(change, version=None))


@found_by("test_a_delete_of_an_old_version_is_stale", "DID NOT RAISE")
class DeletesTheNewer(People):
    async def delete(self, gone: Gone) -> None:
        await super().delete(replace(gone, version=None))


# -- members ---------------------------------------------------------------------------------------------------------


@found_by("test_amend_adds_and_removes_and_touches_nothing_else", "at once")
class NeverRemoves(Teams):
    async def amend(self, delta: Delta) -> None:
        await super().amend(replace(delta, removed=[]))


@found_by("test_amend_adds_and_removes_and_touches_nothing_else", "changes")
class AmendsTheRestToo(Teams):
    async def amend(self, delta: Delta) -> None:
        await super().amend(delta)
        self.records[delta.key]["external"] = None


@found_by("test_amend_adds_and_removes_and_touches_nothing_else", "of another one")
class AmendsEveryTeam(Teams):
    async def amend(self, delta: Delta) -> None:
        for key in self.records:
            await super().amend(replace(delta, key=key))


@found_by("test_amend_may_come_twice", "already a member")
class WantsStrangers(Teams):
    async def amend(self, delta: Delta) -> None:
        held = {one["value"] for one in self.row(delta.key).get(delta.field) or []}
        if held & set(delta.added):
            raise Invalid("One is already a member.")
        await super().amend(delta)


@found_by("test_an_amend_whose_answer_was_lost_can_be_repeated", "already a member")
class WantsStrangersAfterAll(WantsStrangers):
    pass


@found_by("test_amend_may_come_twice", "who is gone keeps another")
class StopsAtWhoIsGone(Teams):
    async def amend(self, delta: Delta) -> None:
        held = {one["value"] for one in self.row(delta.key).get(delta.field) or []}
        await super().amend(delta if held >= set(delta.removed) else replace(delta, removed=[]))


@found_by("test_amends_may_come_in_any_order", "order of amends")
class AmendsWhatItReadBefore(Teams):
    async def amend(self, delta: Delta) -> None:
        self.records[delta.key][delta.field] = delta.before.get(delta.field)
        await super().amend(delta)


@found_by("test_a_lists_elements_are_added_in_any_order", "loses members")
class AddsWhatIsSorted(Teams):
    async def amend(self, delta: Delta) -> None:
        rising = [one for n, one in enumerate(delta.added) if one >= max(delta.added[: n + 1])]
        await super().amend(replace(delta, added=rising))


# -- what is not there -----------------------------------------------------------------------------------------------


@found_by("test_unknown_is_not_found_in_update", "DID NOT RAISE")
class MakesWhoIsMissing(People):
    async def update(self, change: Change) -> Native | None:
        self.records.setdefault(change.key, {"created": "", **change.after, "version": 1})
        return await super().update(replace(change, version=None))


@found_by("test_unknown_is_not_found_in_amend", "DID NOT RAISE")
class AmendsNobody(Teams):
    async def amend(self, delta: Delta) -> None:
        if delta.key in self.records:
            await super().amend(delta)


class _DeletesNobody(People):
    async def delete(self, gone: Gone) -> None:
        if gone.key in self.records:
            await super().delete(gone)


@found_by("test_unknown_is_not_found_in_delete", "DID NOT RAISE")
class DeletesNobody(_DeletesNobody):
    pass


@found_by("test_a_delete_whose_answer_was_lost_ends_in_not_found", "DID NOT RAISE")
class DeletesTwice(_DeletesNobody):
    pass


@found_by("test_a_deleted_record_is_gone", "get still finds")
class DeletesByDisabling(People):
    async def delete(self, gone: Gone) -> None:
        self.row(gone.key, gone.version)["status"] = "off"


@found_by("test_a_deleted_record_is_gone", "more than one")
class DeletesEverybody(People):
    async def delete(self, gone: Gone) -> None:
        await super().delete(gone)
        self.records.clear()


@found_by("test_records_without_values_are_borne", "'NoneType' object has no attribute")
class KnowsItselfByLogin(People):
    def own(self, record: Native) -> bool:
        return bool(record.get("login").lower() == "gateway")  # type: ignore[union-attr]
