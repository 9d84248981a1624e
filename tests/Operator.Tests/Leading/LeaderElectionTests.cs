using Microsoft.Extensions.Time.Testing;
using RelayOperator.Operator.Cluster;
using RelayOperator.Operator.Leading;
using RelayOperator.TestKit;
using RelayOperator.TestKit.Cluster.Faults;
using Xunit;

namespace RelayOperator.Operator.Tests.Leading;

/// <summary>One leads at a time; whoever has lost the Lease writes nothing any more.</summary>
public sealed class LeaderElectionTests : OperatorFixture
{
    private static readonly LeaseTimes Quick = new()
    {
        Duration = TimeSpan.FromSeconds(4),
        RenewDeadline = TimeSpan.FromSeconds(3),
        Retry = TimeSpan.FromSeconds(0.2),
    };

    private readonly List<Candidate> _candidates = [];

    public override async ValueTask DisposeAsync()
    {
        foreach (var candidate in _candidates)
        {
            await candidate.Stop.CancelAsync();
            await candidate.Running;
            candidate.Stop.Dispose();
        }

        await base.DisposeAsync();
    }

    [Fact]
    public async Task One_of_two_leads_and_the_other_takes_over_at_once_when_it_leaves()
    {
        var first = await RunAsync("a");
        await Elected(first);
        var second = await RunAsync("b");
        await Eventually.True(() => Line.Log.Count(request => request.Resource == "leases") > 6, "both have looked");
        Assert.True(first.Leadership.IsHeld);
        Assert.False(second.Leadership.IsHeld);

        await first.Stop.CancelAsync();
        await first.Running;

        Assert.False(first.Leadership.IsHeld);
        await Elected(second);
    }

    [Fact]
    public async Task A_renewal_that_is_still_on_its_way_does_not_keep_the_Lease_from_being_given_up()
    {
        var first = await RunAsync("a");
        await Elected(first);
        // Whatever the last renewal meets of it, giving up meets the rest.
        using var late = Line.Faults.Answer(409, IsRenewal, times: 2);
        await first.Stop.CancelAsync();
        await first.Running;

        var lease = await Admin.GetAsync(ResourceKind.Lease, Key("relay-operator"), Cancel);
        Assert.Equal("", lease!.Value.GetProperty("spec").GetProperty("holderIdentity").GetString());
    }

    [Fact]
    public async Task A_leader_that_cannot_renew_stops_writing_before_another_leads()
    {
        var first = await RunAsync("a");
        await Elected(first);
        var second = await RunAsync("b");
        using (Line.Faults.Answer(500, IsRenewal))
        {
            await Eventually.True(() => !first.Leadership.IsHeld, "it leads no more");
            Assert.False(second.Leadership.IsHeld);
            Assert.Throws<LeadershipLostException>(first.Leadership.Demand);
        }

        await first.Running.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        await Elected(second);
    }

    [Fact]
    public async Task An_answer_that_was_lost_costs_nobody_the_lead()
    {
        var first = await RunAsync("a");
        await Elected(first);
        var before = Line.Log.Count(IsRenewal);
        using (Line.Faults.LoseAnswer(IsRenewal, times: 1))
        {
            await Eventually.True(() => Line.Log.Count(IsRenewal) > before + 3, "it renews on");
        }

        Assert.True(first.Leadership.IsHeld);
        Assert.False(first.Running.IsCompleted);
    }

    [Fact]
    public void A_process_that_was_frozen_finds_itself_without_the_lead_before_it_writes()
    {
        var time = new FakeTimeProvider();
        var leadership = new Leadership(time);
        leadership.Renewed(time.GetTimestamp(), TimeSpan.FromSeconds(10));
        leadership.Demand();

        time.Advance(TimeSpan.FromSeconds(10));

        Assert.Throws<LeadershipLostException>(leadership.Demand);
    }

    [Fact]
    public async Task Nothing_is_sent_for_who_must_not_write()
    {
        var leadership = new Leadership(TimeProvider.System);
        var client = await ClientAsync(leadership.Demand);
        Line.Log.Clear();

        await Assert.ThrowsAsync<LeadershipLostException>(
            () => client.CreateAsync(ResourceKind.Secret, Space, Secret("a", "1"), Cancel));

        Assert.Empty(Line.Log.All);
    }

    private async Task<Candidate> RunAsync(string identity)
    {
        var leadership = new Leadership(TimeProvider.System);
        var election = new LeaderElection(
            await ClientAsync(), new ObjectKey(Space, "relay-operator"), identity, leadership, Quick, TimeProvider.System, new Random(1), new LineLogger<LeaderElection>());
        var stop = new CancellationTokenSource();
        var candidate = new Candidate(leadership, election, stop, election.RunAsync(stop.Token));
        _candidates.Add(candidate);
        return candidate;
    }

    private static Task Elected(Candidate candidate) => candidate.Election.Elected.WaitAsync(TimeSpan.FromSeconds(10), Cancel);

    private static bool IsRenewal(RequestFacts request) => request is { Resource: "leases", Verb: "update" };

    private sealed record Candidate(Leadership Leadership, LeaderElection Election, CancellationTokenSource Stop, Task Running);
}
