namespace RelayOperator.Operator.Leading;

/// <summary>This process does not hold the Lease (any more) and must not write.</summary>
public sealed class LeadershipLostException() : Exception("this process does not lead: the Lease is not held");
