"""What every simulator of a service has: an HTTP server, a request log, switches, faults, `/_control`, a command line.

A simulator is a package `simulators.NAME` with

1. its switches, data and rules, in a state that all of its functions are given:

       @dataclass
       class Switches(http.Switches):          # latency_ms, rate_limit, timeout_after_write … are there already
           not_found: str = "scim"
           licences: int = 0
           choices: ClassVar = {"not_found": ("scim", "html")}

       class Tenant(http.State[Switches]):
           kind = Switches

           def reset(self) -> None:
               super().reset()
               self.users: dict[str, Json] = {}

           def state(self) -> dict[str, Any]:
               return {"users": list(self.users.values()), "count": len(self.users)}

2. what it answers, in `server.py`:

       class Simulator(http.Simulator[Tenant, http.Call]):
           control = Control({("POST", "seed"): seed, ("POST", "edit"): edit, ("POST", "remove"): remove})
           path = "/scim/v2"                   # url ends with it

           def call(self, method: str, target: str, headers: Mapping[str, str], raw: bytes) -> http.Call:
               return http.Call(method, target, headers, raw)

           def perform(self, call: http.Call) -> Reply:
               if self.state.overrun(self.state.switches.rate_limit):       # a second argument names a rate class
                   return as_json({"error": "slow down"}, 429)
               return answer(self.state, call)

   `call` returns a subclass of `http.Call` where the log and faults need an `operation` without ids, as they should.
   The lock is held in both; injected faults, latency, lost answers and the log come around them. A simulator of a SCIM
   service can take `simulators.scim` for what is SCIM, with switches of its own that have other defaults.

3. its command line, in `__main__.py`:

       def main(arguments: Sequence[str]) -> int:
           chosen = _parser().parse_args(arguments)
           return serve("NAME simulator", lambda: Simulator(Tenant(chosen.token), chosen.host, chosen.port), chosen)

       def _parser() -> argparse.ArgumentParser:               # tests of the pages ask it
           told = parser("NAME", "A stand-in for … on this machine.", 8914)
           told.add_argument("--token", default="t0ken", help="the bearer token (t0ken)")
           return told

       if __name__ == "__main__":
           sys.exit(quietly(main))

   and its name in `simulators/__main__.py`, so that `python -m simulators` starts it with the others. A page shows how
   to start it: docs/how-to/try-it-with-simulators.md.

4. `running()`, which serves inside this process: `with Simulator(Tenant()).serving() as simulator: yield simulator`,
   and a docstring of the package that explains its switches and its own control calls.

Control, JSON, without credentials, from this machine only; 400 says what is allowed:

    POST   /_control/reset        everything as at the start
    GET    /_control/state        what stands here
    GET    /_control/switches     POST {"name": value} changes them, all or none
    POST   /_control/inject       a fault, see below; several queue up
    DELETE /_control/inject       no more faults
    GET    /_control/requests     {"requests": [...]}, without secrets; ?operation=NAME
    DELETE /_control/requests     forget them
    GET    /_control/counts       {operation: calls}

A request in the log has operation, status, answered (false when the connection was cut instead), write and body, and
what the simulator adds. Switches that all have (the default first):

    latency_ms             0 | ms   before each answer
    rate_limit             0 | n    calls in a minute before 429
    rate_limit_retry_after 0 | s    the Retry-After of that 429; 0 is none
    timeout_after_write    0 | n    the next n writes take effect and get no answer; refused ones do not count
    timeout_after_write_seconds  0 | s   how long they are kept waiting before the cut

A fault is {"operation": name or "*", "times": n (1), "delay": seconds, "status": 200-599 (500), "body": text,
"headers": {...}} and these flags: `after_effect` lets the call take effect before the fault, `cut` closes the
connection instead of an answer, `truncate` sends half of the body, `stale` shows a read what stood before the last
write, where a simulator can. Status 0 is the real answer: it is the default for who gives only `delay`, `truncate` or
`stale`.
"""

from simulators.http.call import Call
from simulators.http.control import Control, count
from simulators.http.faults import Fault
from simulators.http.reply import HTML, JSON, Reply, as_html, as_json, parsed
from simulators.http.simulator import Simulator
from simulators.http.state import State
from simulators.http.switches import Switches

__all__ = [
    "HTML",
    "JSON",
    "Call",
    "Control",
    "Fault",
    "Reply",
    "Simulator",
    "State",
    "Switches",
    "as_html",
    "as_json",
    "count",
    "parsed",
]
