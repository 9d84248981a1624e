using RelayOperator.Api.Config;
using RelayOperator.TestKit;
using Xunit;

namespace RelayOperator.Relay.Tests.Spool;

public sealed class SpoolPartsTests
{
    private const string Database = "postgresql://spool:old@db.example/spool";

    [Theory]
    [InlineData("", "", true)]
    [InlineData("1Gi", "2Gi", true)]
    [InlineData(Database, "postgresql://spool:new@db.example:5432/spool", true)]
    [InlineData(Database, "postgresql://spool:old@db.example/other", false)]
    [InlineData(Database, "postgresql://other:old@db.example/spool", false)]
    [InlineData(Database, "postgresql://spool:old@db.example/spool?sslmode=require", false)]
    [InlineData(Database, "1Gi", false)]
    [InlineData("", "1Gi", false)]
    [InlineData("1Gi", "", false)]
    public void A_spool_may_grow_and_its_password_change_while_it_runs_and_nothing_else(string before, string after, bool isTaken) =>
        Assert.Equal(isTaken, SpoolParts.RefusalOfChange(With(before), With(after)) is null);

    private static PoolConfig With(string spool) => TestRelay.Pool([]) with
    {
        Spool = spool.Length == 0 ? null : spool.Contains(':', StringComparison.Ordinal) ? new SpoolConfig(0, spool) : new SpoolConfig(spool[0] - '0', ""),
    };
}
