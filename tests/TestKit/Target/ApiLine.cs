using System.Globalization;
using System.Net;
using System.Text;
using RelayOperator.TestKit.Cluster;
using RelayOperator.TestKit.Cluster.Faults;

namespace RelayOperator.TestKit.Target;

/// <summary>
/// The line between a client and an API server, whichever it is: keeps a log of what is asked, and breaks as a test wants.
/// Contract: what <see cref="Log"/> does not show was not sent; faults strike as in <see cref="FaultPlan"/>.
/// </summary>
public sealed class ApiLine
{
    private readonly Lock _lock = new();
    private CancellationTokenSource _up = new();

    public RequestLog Log { get; } = new();

    public FaultPlan Faults { get; } = new();

    private CancellationToken WhenCut
    {
        get
        {
            lock (_lock)
            {
                return _up.Token;
            }
        }
    }

    /// <summary>Puts the line into a client.</summary>
    public DelegatingHandler Handler() => new Wire(this);

    /// <summary>Cuts all connections and refuses new ones, as if the server were down.</summary>
    public void Down()
    {
        lock (_lock)
        {
            _up.Cancel();
        }
    }

    /// <summary>The server can be reached again.</summary>
    public void Up()
    {
        lock (_lock)
        {
            if (_up.IsCancellationRequested)
            {
                _up.Dispose();
                _up = new CancellationTokenSource();
            }
        }
    }

    private sealed class Wire(ApiLine line) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var uri = request.RequestUri!;
            var facts = RequestFacts.Of(request.Method.Method, uri.AbsolutePath, uri.Query, "", request.Content?.Headers.ContentLength ?? 0);
            line.Log.Add(facts);
            var cut = line.WhenCut;
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cut, cancellationToken);
            try
            {
                return await SendAsync(request, facts, cut, linked.Token);
            }
            catch (OperationCanceledException) when (cut.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw Refused();
            }
        }

        private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, RequestFacts facts, CancellationToken cut, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (line.Faults.Striking<FaultAct.Delay>(facts)?.Act is FaultAct.Delay delay)
            {
                await Task.Delay(delay.Time, TimeProvider.System, cancellationToken);
            }

            if (line.Faults.Striking<FaultAct.Reset>(facts) is not null)
            {
                throw Refused();
            }

            if (line.Faults.Striking<FaultAct.Answer>(facts)?.Act is FaultAct.Answer answer)
            {
                return Refusal(request, answer);
            }

            var response = await base.SendAsync(request, cancellationToken);
            if (line.Faults.Striking<FaultAct.LostAnswer>(facts) is not null)
            {
                response.Dispose();
                throw new HttpRequestException(HttpRequestError.ResponseEnded, "The response ended prematurely.");
            }

            if (response.IsSuccessStatusCode)
            {
                var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
                response.Content = new StreamContent(
                    facts.Verb == "watch" ? new WatchLine(stream, facts, line.Faults, cut)
                    : line.Faults.Striking<FaultAct.Cut>(facts) is not null ? new CutStream(stream)
                    : stream);
            }

            return response;
        }

        private static HttpRequestException Refused() => new(HttpRequestError.ConnectionError, "Connection refused by the test's line.");

        private static HttpResponseMessage Refusal(HttpRequestMessage request, FaultAct.Answer answer)
        {
            var body = RefusalException.Planned(answer.Code, answer.RetryAfterSeconds).Status().ToJsonString();
            var response = new HttpResponseMessage((HttpStatusCode)answer.Code)
            {
                RequestMessage = request,
                Content = new StringContent(body, Encoding.UTF8, "application/json"),
            };
            if (answer.RetryAfterSeconds is { } seconds)
            {
                response.Headers.Add("Retry-After", seconds.ToString(CultureInfo.InvariantCulture));
            }

            return response;
        }
    }
}
