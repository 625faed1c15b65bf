"""Probe from this machine over its own network, for a machine in the consumer's VPC or with a route to it."""

from __future__ import annotations

from pltui.probe.answer import Answer
from pltui.probe.request import AnswerRecorder, AskError, ProbeRequest, make_client, send_request


class DirectProbe:
    """Sends requests from this machine, each on a fresh connection."""

    def __init__(self, question: ProbeRequest) -> None:
        self._question = question
        self._http = make_client(question)
        self._asked = 0

    async def ask(self) -> Answer:
        """Send one request; failures are part of the answer."""
        self._asked += 1
        recorder = AnswerRecorder(self._question, self._asked)
        try:
            status, body, peer = await send_request(self._http, self._question, self._question.name)
        except AskError as error:
            return recorder.from_error(error, None)
        return recorder.from_response(status, body, peer)

    async def close(self) -> None:
        """Close the HTTP client."""
        await self._http.aclose()
