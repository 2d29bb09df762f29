"""The composition root for Azure Functions: names the routes and decides nothing."""

import azure.functions as func

from gateway.guard import refuse_shadows

refuse_shadows()

from gateway.azure_functions import FunctionHost  # noqa: E402 - only after the guard

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
host = FunctionHost()


@app.route(route="{connection}/scim/v2/{*path}", methods=METHODS)
async def scim(req: func.HttpRequest) -> func.HttpResponse:
    """Every SCIM request of every connection."""
    return await host(req)


@app.route(route="oauth/{*path}", methods=METHODS)
async def oauth(req: func.HttpRequest) -> func.HttpResponse:
    """The token endpoint of every connection."""
    return await host(req)


@app.route(route="healthz", methods=["GET", "HEAD"])
async def healthz(req: func.HttpRequest) -> func.HttpResponse:
    """Whether the process is alive; needs no token and no backend."""
    return await host(req)


@app.route(route="readyz", methods=["GET", "HEAD"])
async def readyz(req: func.HttpRequest) -> func.HttpResponse:
    """Whether the configuration and the identity store can be used."""
    return await host(req)


@app.timer_trigger(schedule="0 */5 * * * *", arg_name="timer", run_on_startup=False)
async def sweep(timer: func.TimerRequest) -> None:
    """What interrupted requests left behind, every five minutes."""
    await host.sweep()
