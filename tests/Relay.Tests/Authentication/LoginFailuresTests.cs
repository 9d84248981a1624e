using System.Net;
using Microsoft.Extensions.Time.Testing;
using RelayOperator.Relay.Authentication;
using Xunit;

namespace RelayOperator.Relay.Tests.Authentication;

public sealed class LoginFailuresTests
{
    private static readonly IPAddress Client = IPAddress.Parse("192.0.2.1");

    private readonly FakeTimeProvider _time = new();
    private readonly LoginFailures _failures;

    public LoginFailuresTests() => _failures = new LoginFailures(_time, TimeSpan.FromSeconds(1));

    [Fact]
    public void Each_failure_in_a_row_waits_longer_and_the_fifth_is_the_last()
    {
        Assert.Equal(
            [(1, false), (2, false), (3, false), (4, false), (5, true), (6, true)],
            Enumerable.Range(0, 6).Select(_ => _failures.Failed(Client)).Select(told => ((int)told.Wait.TotalSeconds, told.IsLast)));
        Assert.Equal(TimeSpan.FromSeconds(2), _failures.BeforeLogin(Client));
        for (var i = 0; i < 100; i++)
        {
            _failures.Failed(Client);
        }

        Assert.Equal((TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10)), (_failures.Failed(Client).Wait, _failures.BeforeLogin(Client)));
        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.Zero), (_failures.Failed(IPAddress.Parse("192.0.2.2")).Wait, _failures.BeforeLogin(IPAddress.Parse("192.0.2.2"))));
    }

    [Fact]
    public void Success_and_a_quarter_of_an_hour_forgive()
    {
        for (var i = 0; i < 5; i++)
        {
            _failures.Failed(Client);
        }

        Assert.NotEqual(TimeSpan.Zero, _failures.BeforeLogin(Client));
        _time.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(TimeSpan.Zero, _failures.BeforeLogin(Client));
        Assert.False(_failures.Failed(Client).IsLast);
        _failures.Succeeded(Client);
        Assert.Equal(TimeSpan.FromSeconds(1), _failures.Failed(Client).Wait);
    }

    [Fact]
    public void Addresses_of_one_IPv6_network_of_64_bits_are_one_client()
    {
        _failures.Failed(IPAddress.Parse("2001:db8::1"));
        Assert.Equal(TimeSpan.FromSeconds(2), _failures.Failed(IPAddress.Parse("2001:db8::ffff:2")).Wait);
        Assert.Equal(TimeSpan.FromSeconds(1), _failures.Failed(IPAddress.Parse("2001:db8:0:1::1")).Wait);
    }

    [Fact]
    public void Very_many_addresses_push_out_the_oldest()
    {
        _failures.Failed(Client);
        for (var i = 0; i < 10_000; i++)
        {
            _time.Advance(TimeSpan.FromTicks(1));
            _failures.Failed(new IPAddress(0x0a000000 + i));
        }

        Assert.Equal(TimeSpan.FromSeconds(1), _failures.Failed(Client).Wait);
    }
}
