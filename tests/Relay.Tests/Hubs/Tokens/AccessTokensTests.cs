using Microsoft.Extensions.Time.Testing;
using RelayOperator.Api.Config;
using RelayOperator.Relay.Hubs.Tokens;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Hubs.Tokens;

/// <summary>When a token is asked for, how long it is kept, and what is said where there is none.</summary>
public sealed class AccessTokensTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TestAuthority _authority = new();
    private readonly FakeTimeProvider _time = new();
    private readonly LineLogger<AccessTokens> _log = new();
    private readonly TokenServer _server;
    private readonly AccessTokens _tokens;

    public AccessTokensTests()
    {
        _server = new TokenServer(_authority.Issue("127.0.0.1"));
        _tokens = new AccessTokens(_time, _log);
    }

    private HubOAuth2Config OAuth2 => new(_server.Url, "client-1", "hush &=%", "https://mail.example/.default", _authority.Pem);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _authority.Dispose();
    }

    [Fact]
    public async Task A_token_is_asked_for_by_a_form_and_kept()
    {
        Assert.Equal("token-1", (await GetAsync()).Token);
        Assert.Equal("token-1", (await GetAsync()).Token);

        var (head, form) = Assert.Single(_server.Asked);
        Assert.StartsWith("POST /tenant/oauth2/v2.0/token HTTP/1.1\n", head, StringComparison.Ordinal);
        Assert.Contains("Content-Type: application/x-www-form-urlencoded", head, StringComparison.Ordinal);
        Assert.Equal("grant_type=client_credentials&client_id=client-1&client_secret=hush+%26%3D%25&scope=https%3A%2F%2Fmail.example%2F.default", form);
    }

    [Fact]
    public async Task Twenty_at_once_are_served_by_one_question()
    {
        var gate = new TaskCompletionSource();
        _server.Gate = gate.Task;
        var asking = Enumerable.Range(0, 20).Select(_ => GetAsync()).ToArray();
        await Eventually.True(() => _server.Asked.Count == 1, "the server is asked");
        Assert.DoesNotContain(asking, task => task.IsCompleted);
        gate.SetResult();

        Assert.All(await Task.WhenAll(asking), answer => Assert.Equal("token-1", answer.Token));
        Assert.Single(_server.Asked);
    }

    [Theory]
    [InlineData(3600, 3299, 3301)] // five minutes before its end
    [InlineData(100, 79, 81)] // a fifth of its life before its end
    public async Task A_token_is_renewed_before_its_end_while_it_is_still_used(int lifetime, int still, int then)
    {
        _server.LifetimeSeconds = lifetime;
        await GetAsync();
        _time.Advance(TimeSpan.FromSeconds(still));
        Assert.Equal("token-1", (await GetAsync()).Token);
        Assert.Single(_server.Asked);

        var gate = new TaskCompletionSource();
        _server.Gate = gate.Task;
        _time.Advance(TimeSpan.FromSeconds(then - still));
        Assert.Equal("token-1", (await GetAsync()).Token);
        await Eventually.True(() => _server.Asked.Count == 2, "it is asked for another");
        Assert.Equal("token-1", (await GetAsync()).Token);
        gate.SetResult();
        await Eventually.True(async () => (await GetAsync()).Token == "token-2", "the new one is used");
        Assert.Equal(2, _server.Asked.Count);
    }

    [Fact]
    public async Task A_token_that_cannot_be_renewed_is_used_to_its_end_and_not_beyond()
    {
        await GetAsync();
        _server.Answer = TokenServer.Response(503, "");
        _time.Advance(TimeSpan.FromSeconds(3400));
        Assert.Equal("token-1", (await GetAsync()).Token);
        await Eventually.True(() => !_log.Lines.IsEmpty, "the failure is logged");
        Assert.Equal("Warning: no token from 127.0.0.1: HTTP 503", Assert.Single(_log.Lines));
        _time.Advance(TimeSpan.FromSeconds(199));
        Assert.Equal("token-1", (await GetAsync()).Token);

        _time.Advance(TimeSpan.FromSeconds(100));
        Assert.Equal((null, "no token from 127.0.0.1: HTTP 503"), Told(await GetAsync()));
        _server.Answer = null;
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull((await GetAsync()).Token);
    }

    [Fact]
    public async Task After_a_failure_nothing_is_asked_for_a_while_that_grows_to_a_minute()
    {
        _server.Answer = TokenServer.Response(401, """{"error":"invalid_client","error_description":"hush &=% is wrong"}""");
        foreach (var (seconds, asked) in new[] { (0, 1), (1.9, 1), (0.2, 2), (3.8, 2), (0.4, 3), (8.1, 4), (16.1, 5), (32.1, 6), (59.9, 6), (0.2, 7), (59.9, 7), (0.2, 8) })
        {
            _time.Advance(TimeSpan.FromSeconds(seconds));
            for (var i = 0; i < 5; i++)
            {
                Assert.Equal((null, "no token from 127.0.0.1: invalid_client"), Told(await GetAsync()));
            }

            Assert.Equal(asked, _server.Asked.Count);
        }

        Assert.DoesNotContain(_log.Lines, line => line.Contains("hush", StringComparison.Ordinal));
        _server.Answer = null;
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("token-9", (await GetAsync()).Token);
    }

    [Fact]
    public async Task A_token_that_a_hub_refuses_is_dropped_but_not_one_after_the_other()
    {
        var first = (await GetAsync()).Token!;
        _tokens.Refused(OAuth2, first);
        _tokens.Refused(OAuth2, first);
        var second = (await GetAsync()).Token!;
        Assert.Equal("token-2", second);

        // A hub that refuses whatever it gets, and late news of the first.
        _tokens.Refused(OAuth2, second);
        Assert.Equal(second, (await GetAsync()).Token);
        _time.Advance(TimeSpan.FromMinutes(1));
        _tokens.Refused(OAuth2, first);
        Assert.Equal(second, (await GetAsync()).Token);
        _tokens.Refused(OAuth2, second);
        Assert.Equal("token-3", (await GetAsync()).Token);
        Assert.Equal(3, _server.Asked.Count);
    }

    [Fact]
    public async Task Each_secret_and_scope_has_a_token_of_its_own_and_one_that_is_no_longer_used_is_forgotten()
    {
        Assert.Equal("token-1", (await GetAsync()).Token);
        var other = OAuth2 with { ClientSecret = "newer" };
        Assert.Equal("token-2", (await GetAsync(other)).Token);
        Assert.Equal("token-3", (await GetAsync(OAuth2 with { Scope = "s" })).Token);
        _tokens.Keep([other]);
        Assert.Equal("token-2", (await GetAsync(other)).Token);
        Assert.Equal("token-4", (await GetAsync()).Token);
    }

    public static TheoryData<string, string> Nonsense() => new()
    {
        { "HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "HTTP 302" },
        { TokenServer.Response(200, $$"""{"access_token":"{{new string('h', 70_000)}}"}"""), "its answer is longer than 65536 bytes" },
        { $"HTTP/1.1 200 Ok\r\nX: {new string('h', 100_000)}\r\n\r\n", "its answer " },
        { "hush\r\n\r\n", "its answer is no HTTP, or broke off" },
        { "HTTP/1.1 200 Ok\r\nContent-Length: 100\r\n\r\n{", "its answer is no HTTP, or broke off" },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public async Task An_answer_that_is_none_is_told_in_the_relays_own_words(string answer, string fault)
    {
        _server.Answer = answer;
        var told = await GetAsync();
        Assert.Null(told.Token);
        Assert.StartsWith($"no token from 127.0.0.1: {fault}", told.Fault, StringComparison.Ordinal);
        Assert.Single(_server.Asked);
    }

    [Fact]
    public async Task A_server_is_given_up_after_ten_seconds_and_a_wait_when_it_is_to_end()
    {
        _server.Answer = TokenServer.Silence;
        var patient = GetAsync();
        await Eventually.True(() => _server.Asked.Count == 1, "the server is asked");
        Assert.Null(await _tokens.GetAsync(OAuth2, TimeSpan.Zero, CancellationToken.None));
        using var cancelled = new CancellationTokenSource();
        var impatient = _tokens.GetAsync(OAuth2, Patience, cancelled.Token);
        await cancelled.CancelAsync();
        Assert.Null(await impatient);
        Assert.False(patient.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal((null, "no token from 127.0.0.1: no answer within 10 s"), Told(await patient));
        Assert.Single(_server.Asked);
    }

    [Fact]
    public async Task A_server_of_another_authority_or_name_is_told_no_secret()
    {
        using var other = new TestAuthority("Somebody Else");
        foreach (var oauth2 in new[] { OAuth2 with { CaPem = other.Pem }, OAuth2 with { CaPem = "" }, OAuth2 with { TokenUrl = OAuth2.TokenUrl.Replace("127.0.0.1", "localhost", StringComparison.Ordinal) } })
        {
            var told = await GetAsync(oauth2);
            Assert.Contains(": no TLS, ", told.Fault, StringComparison.Ordinal);
        }

        Assert.Empty(_server.Asked);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told()
    {
        var oauth2 = OAuth2;
        await _server.DisposeAsync();
        Assert.Equal((null, "no token from 127.0.0.1: no connection, ConnectionRefused"), Told(await GetAsync(oauth2)));
    }

    private static (string? Token, string Fault) Told(TokenAnswer answer) => (answer.Token, answer.Fault);

    private async Task<TokenAnswer> GetAsync(HubOAuth2Config? oauth2 = null) =>
        (await _tokens.GetAsync(oauth2 ?? OAuth2, Patience, TestContext.Current.CancellationToken))!;
}
