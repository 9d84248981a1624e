using System.Net;
using RelayOperator.Relay.Spool;
using RelayOperator.Relay.Spool.Sqlite;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Spool;

public sealed class ClaimTableTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FlightFile _flight;
    private readonly ClaimTable _claims;
    private readonly SpoolMessage _message = new()
    {
        Id = new SpoolId(4711),
        ReceivedAt = DateTimeOffset.UnixEpoch,
        Mail = "FROM:<a@x.example>",
        Client = IPAddress.Loopback,
        Helo = "client.example",
        Protocol = "ESMTP",
        Listener = "smtp",
        ContentBytes = 1,
        WireBytes = 1,
        Chunks = 1,
        BodyChecksum = 0,
        Recipients = 2,
    };

    public ClaimTableTests()
    {
        _flight = FlightFile.Open(_folder.File("flight"), out _);
        _claims = new ClaimTable(_flight);
    }

    public void Dispose()
    {
        _flight.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Whoever_read_a_message_before_another_claim_on_it_ended_does_not_get_it()
    {
        var first = Take(0, underLock: false);
        Assert.True(_claims.TryLock(_message.Id, alone: false));
        // Here the message is read; it is sent and gone before the next line.
        _claims.End(first!);

        Assert.Null(Take(0, underLock: true));
        Assert.True(_claims.Unlock(_message.Id));

        Assert.True(_claims.TryLock(_message.Id, alone: false));
        Assert.NotNull(Take(0, underLock: true));
        Assert.False(_claims.Unlock(_message.Id));
    }

    [Fact]
    public void What_is_looked_at_is_claimed_by_nobody_else()
    {
        Assert.True(_claims.TryLock(_message.Id, alone: false));

        Assert.Null(Take(0, underLock: false));
        Assert.False(_claims.TryLock(_message.Id, alone: false));
        Assert.NotNull(Take(0, underLock: true));
    }

    [Fact]
    public void Recipients_of_one_message_are_claimed_by_themselves_and_each_once()
    {
        Assert.NotNull(Take(0, underLock: false));
        Assert.Null(Take(0, underLock: false));
        Assert.NotNull(Take(1, underLock: false));
        Assert.False(_claims.TryLock(_message.Id, alone: true));
    }

    [Fact]
    public void The_flight_file_names_what_is_claimed_and_nothing_else()
    {
        _claims.End(Take(0, underLock: false)!);
        Take(1, underLock: false);
        _flight.Dispose();

        FlightFile.Open(_folder.File("flight"), out var inFlight).Dispose();
        Assert.Equal([_message.Id], inFlight);
        FlightFile.Open(_folder.File("flight"), out inFlight).Dispose();
        Assert.Empty(inFlight);
    }

    private SpoolClaim? Take(int recipient, bool underLock) => _claims.Take(
        _message,
        [new SpoolRecipient { Number = recipient, Rcpt = "TO:<b@x.example>", Domain = "x.example", Route = "default", Due = DateTimeOffset.UnixEpoch }],
        default,
        underLock);
}
