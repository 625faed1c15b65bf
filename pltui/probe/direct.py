"""From this machine, over its own network: for one that sits in the consumer's VPC, or is routed to it."""

from __future__ import annotations

from pltui.probe.answer import Answer
from pltui.probe.request import AnswerRecorder, AskError, ProbeRequest, client, send


class DirectProbe:
    def __init__(self, question: ProbeRequest) -> None:
        self._question = question
        self._http = client(question)
        self._asked = 0

    async def ask(self) -> Answer:
        self._asked += 1
        recorder = AnswerRecorder(self._question, self._asked)
        try:
            status, body, peer = await send(self._http, self._question, self._question.name)
        except AskError as error:
            return recorder.failed(error, None)
        return recorder.answered(status, body, peer)

    async def close(self) -> None:
        await self._http.aclose()
