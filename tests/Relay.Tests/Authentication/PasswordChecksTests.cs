using Microsoft.Extensions.Time.Testing;
using RelayOperator.Relay.Authentication;
using Xunit;

namespace RelayOperator.Relay.Tests.Authentication;

public sealed class PasswordChecksTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ManualResetEventSlim _gate = new();

    // crypt(3) of the C library made these.
    [Theory]
    [InlineData("x", "$2b$04$abcdefghijklmnopqrstuuPp7HPfoAs8I2dCQCQ/fW7zEJv8I8C8e")]
    [InlineData("swordfish", "$2a$04$abcdefghijklmnopqrstuugIEnm3ZbWF6xb2GcoE3L1CoGJFMKtu.")]
    [InlineData("swordfish", "$2b$04$abcdefghijklmnopqrstuugIEnm3ZbWF6xb2GcoE3L1CoGJFMKtu.")]
    [InlineData("swordfish", TestUsers.Bcrypt)]
    [InlineData("swordfish", TestUsers.Scram)]
    [InlineData("pencil", TestUsers.Pencil)]
    public async Task A_password_fits_the_hash_that_another_program_made(string password, string hash)
    {
        using var checks = new PasswordChecks(_time, 1, 8);
        var users = TestUsers.Directory($"a:{hash}");
        Assert.Equal(PasswordVerdict.Right, await CheckAsync(checks, users, "a", password));
        Assert.Equal(PasswordVerdict.Wrong, await CheckAsync(checks, users, "a", password + "x"));
        Assert.Equal(PasswordVerdict.Wrong, await CheckAsync(checks, users, "a", password.ToUpperInvariant()));
        Assert.Equal(PasswordVerdict.Wrong, await CheckAsync(checks, users, "nobody", password));
        Assert.Equal(PasswordVerdict.Wrong, await CheckAsync(checks, TestUsers.Directory(), "a", password));
    }

    [Fact]
    public async Task Who_was_right_is_remembered_for_a_minute_and_only_as_long_as_the_user_is_the_same()
    {
        using var checks = Slow(parallel: 1, waiting: 0);
        var users = TestUsers.Directory($"a:{TestUsers.Bcrypt}", $"slow:{TestUsers.Scram}");
        Assert.Equal(PasswordVerdict.Right, await CheckAsync(checks, users, "a", TestUsers.Password));

        // While the only place is taken, nobody can be compared: who is answered was remembered.
        var other = CheckAsync(checks, users, "slow", "x");
        Assert.Equal(PasswordVerdict.Right, await CheckAsync(checks, users, "a", TestUsers.Password));
        Assert.Equal(PasswordVerdict.Right, await CheckAsync(checks, TestUsers.Directory($"a:{TestUsers.Bcrypt}:@corp.example"), "a", TestUsers.Password));
        Assert.Equal(PasswordVerdict.Busy, await CheckAsync(checks, users, "a", "wrong"));
        Assert.Equal(PasswordVerdict.Busy, await CheckAsync(checks, TestUsers.Directory($"a:{TestUsers.Scram}"), "a", TestUsers.Password));
        Assert.Equal(PasswordVerdict.Busy, await CheckAsync(checks, TestUsers.Directory($"b:{TestUsers.Bcrypt}"), "a", TestUsers.Password));
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(PasswordVerdict.Busy, await CheckAsync(checks, users, "a", TestUsers.Password));
        _gate.Set();
        Assert.Equal(PasswordVerdict.Wrong, await other);
    }

    [Fact]
    public async Task So_many_wait_for_their_turn_and_get_it()
    {
        using var checks = new PasswordChecks(_time, 2, 30);
        var users = TestUsers.Directory([.. Enumerable.Range(0, 32).Select(i => $"u{i}:{TestUsers.Bcrypt}")]);
        var verdicts = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => CheckAsync(checks, users, $"u{i}", TestUsers.Password)));
        Assert.All(verdicts, verdict => Assert.Equal(PasswordVerdict.Right, verdict));
    }

    [Fact]
    public async Task Who_goes_away_gives_up_the_place_in_the_queue()
    {
        using var checks = Slow(parallel: 1, waiting: 1);
        using var gone = new CancellationTokenSource();
        var users = TestUsers.Directory($"a:{TestUsers.Bcrypt}", $"slow:{TestUsers.Scram}");
        var first = CheckAsync(checks, users, "slow", "x");
        var waiting = checks.CheckAsync(users, "a", TestUsers.Password, gone.Token);
        Assert.Equal(PasswordVerdict.Busy, await CheckAsync(checks, users, "a", TestUsers.Password));
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        var again = CheckAsync(checks, users, "a", TestUsers.Password);
        _gate.Set();
        Assert.Equal(PasswordVerdict.Right, await again);
        await first;
    }

    [Fact]
    public async Task A_name_that_nobody_has_costs_a_comparison_too()
    {
        var compared = 0;
        using var checks = new PasswordChecks(_time, 1, 1) { Compare = (_, _) => Interlocked.Increment(ref compared) > 0 };
        var users = TestUsers.Directory($"a:{TestUsers.Bcrypt}");
        // Even where the password fits that of the one who stands for it.
        Assert.Equal(PasswordVerdict.Wrong, await CheckAsync(checks, users, "nobody", TestUsers.Password));
        Assert.Equal(PasswordVerdict.Wrong, await CheckAsync(checks, users, "nobody", TestUsers.Password));
        Assert.Equal(2, compared);
    }

    public void Dispose() => _gate.Dispose();

    private PasswordChecks Slow(int parallel, int waiting) => new(_time, parallel, waiting)
    {
        Compare = (user, password) => user.Name == "slow" ? !_gate.Wait(TimeSpan.FromSeconds(30)) : password == TestUsers.Password,
    };

    private static Task<PasswordVerdict> CheckAsync(PasswordChecks checks, UserDirectory users, string name, string password) =>
        checks.CheckAsync(users, name, password, TestContext.Current.CancellationToken);
}
