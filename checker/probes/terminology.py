"""Ask a terminology server about codes: each distinct question once, in batches. Its answers are evidence.

A server that is down, refuses or babbles never fails a run: what it did not answer stays unknown. Only codes,
their systems and their displays are sent, never a resource.

Source: http://hl7.org/fhir/R4/terminology-service.html#validation
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import checker
from checker.fhir.terminology import operation
from checker.model.clock import Clock
from checker.model.exchange import Headers
from checker.model.supplier import Limits
from checker.model.terminology import CodeFacts, CodeQuestion, TerminologyAnswer
from checker.probes.addresses import host_and_port
from checker.probes.answer import Answer
from checker.probes.config import NetworkConfig
from checker.probes.http import Http
from checker.probes.net import Net
from checker.probes.trust import Trust

BATCH: Final = 100
"""Questions in one request."""
BATCH_WITH_VALUE_SETS: Final = 10
"""The same where each question carries its value set."""
ValueSets = Callable[[str], dict[str, Any] | None]
_TRIES: Final = 2
"""Of a request that failed on its way, or was answered 429 or 5xx."""
_TYPE: Final = "application/fhir+json"
_REFUSED: Final = frozenset((401, 403))
_GAVE_UP: Final = 3
"""Single requests in a row without an answer, and the rest is not tried. After a batch it is given up at once."""
_USELESS: Final = 10
"""Single questions refused before the first is answered: then this is no terminology server."""


def ask(
    questions: Iterable[CodeQuestion],
    base_url: str,
    *,
    clock: Clock,
    network: NetworkConfig = NetworkConfig(),  # noqa: B008 - frozen
    root: Path = Path(),
    limits: Limits = Limits(),  # noqa: B008 - frozen
    headers: Headers = (),
    value_sets: ValueSets | None = None,
) -> TerminologyAnswer:
    """Ask all questions and wait for the answers. Never raises for the network.

    ``base_url`` is the FHIR base of the server; ``headers`` may hold an Authorization. ``root`` is where the paths of
    ``network`` start. ``value_sets`` finds a value set by canonical: one that is held here and not there goes with
    the question. Raises ``SupplierFault`` if the trust store that ``network`` names cannot be read.
    """
    return asyncio.run(
        gather(
            questions,
            base_url,
            clock=clock,
            network=network,
            root=root,
            limits=limits,
            headers=headers,
            value_sets=value_sets,
        )
    )


async def gather(
    questions: Iterable[CodeQuestion],
    base_url: str,
    *,
    clock: Clock,
    network: NetworkConfig = NetworkConfig(),  # noqa: B008 - frozen
    root: Path = Path(),
    limits: Limits = Limits(),  # noqa: B008 - frozen
    headers: Headers = (),
    value_sets: ValueSets | None = None,
) -> TerminologyAnswer:
    """As :func:`ask`, within a running event loop."""
    wanted = sorted(set(questions), key=lambda one: one.sort_key)
    base = base_url.rstrip("/")
    place = host_and_port(base)
    if place is None:
        what = "The terminology server must be an http or https URL."
        return TerminologyAnswer(server=base, problem=what, stopped=True)
    if not wanted:
        return TerminologyAnswer(server=base)
    net = Net(allowed=(place,), limits=limits, clock=clock, proxy=network.proxy)
    http = Http(net, Trust(network, root), limits)
    try:
        return await _Client(net, http, clock, base, place, headers).all(wanted, value_sets)
    finally:
        await http.close()


class _Client:
    """One server, one run of questions."""

    def __init__(self, net: Net, http: Http, clock: Clock, base: str, place: tuple[str, int], headers: Headers) -> None:
        self._net = net
        self._http = http
        self._clock = clock
        self._base = base
        self._place = place
        agent = ("User-Agent", f"nhs-standards-checker/{checker.__version__}")
        self._headers: Headers = (("Accept", _TYPE), ("Content-Type", _TYPE), agent, *headers)
        self._batches = True
        self._silent = 0
        self._useful = False
        self._useless = 0
        self._problem = ""

    async def all(self, questions: Sequence[CodeQuestion], value_sets: ValueSets | None) -> TerminologyAnswer:
        answers = await self._each(questions, {})
        if value_sets is not None and not self._problem:
            answers = await self._again(answers, value_sets)
        missing = [one for one in answers if one.problem]
        problem = self._problem
        if not problem and len(missing) == len(answers) and missing:
            problem = f"Nothing was answered: {missing[0].problem}"
        return TerminologyAnswer(
            server=self._base,
            answers=tuple(answers),
            requests=self._net.sent,
            problem=problem,
            stopped=self._silent >= _GAVE_UP,
        )

    async def _again(self, answers: list[CodeFacts], value_sets: ValueSets) -> list[CodeFacts]:
        """Those that were not answered, with the value set itself where it is held here.

        One of each value set goes first: a server that can do nothing with it is not sent it again and again.
        """
        unanswered = [one.question for one in answers if one.problem and one.question.value_set is not None]
        held: dict[str, dict[str, Any]] = {}
        for canonical in sorted({one.value_set or "" for one in unanswered}):
            found = value_sets(canonical)
            if found is not None:
                held[canonical] = found
        waiting = [one for one in unanswered if one.value_set in held]
        samples = list({one.value_set: one for one in reversed(waiting)}.values())
        second = await self._each(samples, held)
        useful = {one.question.value_set for one in second if not one.problem}
        sampled = set(samples)
        rest = [one for one in waiting if one.value_set in useful and one not in sampled]
        second += await self._each(rest, held)
        better = {one.question: one for one in second if not one.problem}
        return [better.get(one.question, one) for one in answers]

    async def _each(self, questions: Sequence[CodeQuestion], held: dict[str, dict[str, Any]]) -> list[CodeFacts]:
        size = BATCH if not held else BATCH_WITH_VALUE_SETS
        answers: list[CodeFacts] = []
        for at in range(0, len(questions), size):
            answers.extend(await self._some(questions[at : at + size], held))
        return answers

    async def _some(self, questions: Sequence[CodeQuestion], held: dict[str, dict[str, Any]]) -> list[CodeFacts]:
        """A batch, or one by one where the server takes no batch."""
        if self._batches:
            answer = await self._send("", operation.batch(questions, held))
            found = operation.read_batch(answer.body, questions) if answer.status == 200 else None
            if found is not None:
                return found
            if answer.status is None or answer.status in _REFUSED or answer.status == 429 or answer.status >= 500:
                self._silent = _GAVE_UP  # it is dead: whoever waits is not made to wait for every batch
                self._problem = self._problem or _why(answer)
                return [CodeFacts(question=one, problem=_why(answer)) for one in questions]
            self._batches = False
        return [await self._one(question, held.get(question.value_set or "")) for question in questions]

    async def _one(self, question: CodeQuestion, value_set: dict[str, Any] | None) -> CodeFacts:
        body = operation.body(question, value_set)
        answer = await self._send("/" + operation.path(question), body)
        if answer.status is None or answer.status in _REFUSED:
            return CodeFacts(question=question, problem=_why(answer))
        facts = operation.read(question, operation.parsed(answer.body))
        self._useful = self._useful or not facts.problem
        self._useless += bool(facts.problem)
        if not self._useful and self._useless >= _USELESS:
            self._silent = _GAVE_UP  # no terminology server is at that address
            self._problem = self._problem or f"No answer of {_USELESS} is one of a terminology server. {_why(answer)}"
        return facts if answer.status < 300 or facts.problem else CodeFacts(question=question, problem=_why(answer))

    async def _send(self, path: str, body: bytes) -> Answer:
        """One request, tried again once where that may help."""
        answer = Answer()
        if self._silent >= _GAVE_UP:
            return answer
        for attempt in range(_TRIES):
            barred = await self._net.admit(*self._place)
            if barred is not None:
                answer = Answer(failure=barred)
                break
            answer = await self._http.send("POST", self._base + path, self._headers, body)
            if answer.status is not None and answer.status != 429 and answer.status < 500:
                break
            if attempt + 1 < _TRIES:
                await self._clock.sleep(1.0)
        if answer.status is None or answer.status >= 500:
            self._silent += 1
            self._problem = self._problem or _why(answer)
        else:
            self._silent = _GAVE_UP if answer.status in _REFUSED else 0
            if answer.status in _REFUSED:
                self._problem = self._problem or _why(answer)
        return answer


def _why(answer: Answer) -> str:
    """Why there is no answer to a question, in words."""
    if answer.failure is not None:
        return answer.failure.message
    if answer.status in _REFUSED:
        return f"The terminology server refused with {answer.status}: it wants credentials."
    if answer.status is not None:
        return f"The terminology server answered {answer.status}."
    return "The terminology server did not answer the requests before, so this was not asked."
