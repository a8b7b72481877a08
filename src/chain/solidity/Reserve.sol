// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Clock, IToken, Tip20, Voucher} from "./IToken.sol";

interface ISignatureVerifier {
    function verify(address signer, bytes32 hash, bytes calldata signature) external view returns (bool);
}

/// The v2 channel reserve (TIP-1034) for nodes that lack the precompile: the rules of src/contracts/reserve.ts, check
/// by check. What a contract cannot know or do is prepared from outside (src/chain/anvil): the hash of the
/// enclosing transaction stands in `contextHash`, and deposits are pulled on an allowance written beforehand.
contract Reserve is Clock {
    struct ChannelDescriptor {
        address payer;
        address payee;
        address operator;
        address token;
        bytes32 salt;
        address authorizedSigner;
        bytes32 expiringNonceHash;
    }

    struct ChannelState {
        uint96 settled;
        uint96 deposit;
        uint32 closeRequestedAt;
    }

    struct Channel {
        ChannelDescriptor descriptor;
        ChannelState state;
    }

    event ChannelOpened(
        bytes32 indexed channelId,
        address indexed payer,
        address indexed payee,
        address operator,
        address token,
        address authorizedSigner,
        bytes32 salt,
        bytes32 expiringNonceHash,
        uint96 deposit
    );
    event Settled(
        bytes32 indexed channelId,
        address indexed payer,
        address indexed payee,
        uint96 cumulativeAmount,
        uint96 deltaPaid,
        uint96 newSettled
    );
    event TopUp(
        bytes32 indexed channelId,
        address indexed payer,
        address indexed payee,
        uint96 additionalDeposit,
        uint96 newDeposit
    );
    event CloseRequested(
        bytes32 indexed channelId, address indexed payer, address indexed payee, uint256 closeGraceEnd
    );
    event CloseRequestCancelled(bytes32 indexed channelId, address indexed payer, address indexed payee);
    event ChannelClosed(
        bytes32 indexed channelId,
        address indexed payer,
        address indexed payee,
        uint96 settledToPayee,
        uint96 refundedToPayer
    );

    error ChannelAlreadyExists();
    error ChannelNotFound();
    error NotPayer();
    error NotPayeeOrOperator();
    error InvalidPayee();
    error InvalidToken();
    error ZeroDeposit();
    error ExpiringNonceHashNotSet();
    error InvalidSignature();
    error AmountExceedsDeposit();
    error AmountNotIncreasing();
    error CaptureAmountInvalid();
    error CloseNotReady();
    error DepositOverflow();

    /// payer => salt => hash of the transaction being executed; written from outside.
    mapping(address => mapping(bytes32 => bytes32)) private contextHash; // slot 1
    /// A deposit of zero means there is no such channel.
    mapping(bytes32 => ChannelState) private channels; // slot 2

    ISignatureVerifier private constant VERIFIER = ISignatureVerifier(0x5165300000000000000000000000000000000000);
    bytes32 public constant VOUCHER_TYPEHASH = keccak256("Voucher(bytes32 channelId,uint96 cumulativeAmount)");

    function open(
        address payee,
        address operator,
        address token,
        uint96 deposit,
        bytes32 salt,
        address authorizedSigner
    ) external returns (bytes32 channelId) {
        if (payee == address(0) || Tip20.isToken(payee)) revert InvalidPayee();
        if (!Tip20.isToken(token)) revert InvalidToken();
        if (deposit == 0) revert ZeroDeposit();
        bytes32 hash = contextHash[msg.sender][salt];
        if (hash == 0) revert ExpiringNonceHashNotSet();
        channelId = computeChannelId(msg.sender, payee, operator, token, salt, authorizedSigner, hash);
        if (_openedBefore(channelId) || channels[channelId].deposit != 0) revert ChannelAlreadyExists();
        channels[channelId] = ChannelState(0, deposit, 0);
        IToken(token).transferFrom(msg.sender, address(this), deposit);
        emit ChannelOpened(channelId, msg.sender, payee, operator, token, authorizedSigner, salt, hash, deposit);
    }

    function settle(ChannelDescriptor calldata descriptor, uint96 cumulativeAmount, bytes calldata signature)
        external
    {
        (bytes32 id, ChannelState memory state) = _load(descriptor);
        _onlyPayeeSide(descriptor);
        if (cumulativeAmount > state.deposit) revert AmountExceedsDeposit();
        if (cumulativeAmount <= state.settled) revert AmountNotIncreasing();
        _checkVoucher(descriptor, id, cumulativeAmount, signature);
        uint96 deltaPaid = cumulativeAmount - state.settled;
        channels[id].settled = cumulativeAmount;
        IToken(descriptor.token).transfer(descriptor.payee, deltaPaid);
        emit Settled(id, descriptor.payer, descriptor.payee, cumulativeAmount, deltaPaid, cumulativeAmount);
    }

    function topUp(ChannelDescriptor calldata descriptor, uint96 additionalDeposit) external {
        (bytes32 id, ChannelState memory state) = _load(descriptor);
        if (msg.sender != descriptor.payer) revert NotPayer();
        bool cancels = state.closeRequestedAt != 0;
        if (additionalDeposit == 0 && !cancels) return;
        if (additionalDeposit > type(uint96).max - state.deposit) revert DepositOverflow();
        uint96 newDeposit = state.deposit + additionalDeposit;
        channels[id] = ChannelState(state.settled, newDeposit, 0);
        if (additionalDeposit != 0) IToken(descriptor.token).transferFrom(msg.sender, address(this), additionalDeposit);
        if (cancels) emit CloseRequestCancelled(id, descriptor.payer, descriptor.payee);
        emit TopUp(id, descriptor.payer, descriptor.payee, additionalDeposit, newDeposit);
    }

    function requestClose(ChannelDescriptor calldata descriptor) external {
        (bytes32 id, ChannelState memory state) = _load(descriptor);
        if (msg.sender != descriptor.payer) revert NotPayer();
        if (state.closeRequestedAt != 0) return;
        channels[id].closeRequestedAt = uint32(_now());
        emit CloseRequested(id, descriptor.payer, descriptor.payee, _now() + CLOSE_GRACE_PERIOD);
    }

    function close(
        ChannelDescriptor calldata descriptor,
        uint96 cumulativeAmount,
        uint96 captureAmount,
        bytes calldata signature
    ) external {
        (bytes32 id, ChannelState memory state) = _load(descriptor);
        _onlyPayeeSide(descriptor);
        if (captureAmount < state.settled || captureAmount > cumulativeAmount) revert CaptureAmountInvalid();
        if (captureAmount > state.deposit) revert AmountExceedsDeposit();
        if (captureAmount > state.settled) _checkVoucher(descriptor, id, cumulativeAmount, signature);
        _finish(descriptor, id, state, captureAmount);
    }

    function withdraw(ChannelDescriptor calldata descriptor) external {
        (bytes32 id, ChannelState memory state) = _load(descriptor);
        if (msg.sender != descriptor.payer) revert NotPayer();
        if (!_graceOver(state.closeRequestedAt)) revert CloseNotReady();
        _finish(descriptor, id, state, state.settled);
    }

    function getChannel(ChannelDescriptor calldata descriptor) external view returns (Channel memory channel) {
        return Channel(descriptor, channels[_id(descriptor)]);
    }

    function getChannelState(bytes32 channelId) external view returns (ChannelState memory state) {
        return channels[channelId];
    }

    function getChannelStatesBatch(bytes32[] calldata channelIds)
        external
        view
        returns (ChannelState[] memory states)
    {
        states = new ChannelState[](channelIds.length);
        for (uint256 i; i < channelIds.length; i++) states[i] = channels[channelIds[i]];
    }

    function computeChannelId(
        address payer,
        address payee,
        address operator,
        address token,
        bytes32 salt,
        address authorizedSigner,
        bytes32 expiringNonceHash
    ) public view returns (bytes32 channelId) {
        return keccak256(
            abi.encode(
                payer, payee, operator, token, salt, authorizedSigner, expiringNonceHash, address(this), block.chainid
            )
        );
    }

    function getVoucherDigest(bytes32 channelId, uint96 cumulativeAmount) public view returns (bytes32 digest) {
        return Voucher.digest(domainSeparator(), VOUCHER_TYPEHASH, channelId, cumulativeAmount);
    }

    function domainSeparator() public view returns (bytes32 separator) {
        return Voucher.separator("TIP20 Channel Reserve");
    }

    /// Storage is not metered here, so nobody earns credits.
    function storageCredits(address) external pure returns (uint64 credits) {
        return 0;
    }

    function _id(ChannelDescriptor calldata descriptor) private view returns (bytes32) {
        return keccak256(abi.encode(descriptor, address(this), block.chainid));
    }

    function _load(ChannelDescriptor calldata descriptor) private view returns (bytes32 id, ChannelState memory state) {
        id = _id(descriptor);
        state = channels[id];
        if (state.deposit == 0) revert ChannelNotFound();
    }

    function _onlyPayeeSide(ChannelDescriptor calldata descriptor) private view {
        if (msg.sender == descriptor.payee) return;
        if (descriptor.operator == address(0) || msg.sender != descriptor.operator) revert NotPayeeOrOperator();
    }

    /// Signatures are judged by the node itself (TIP-1020).
    function _checkVoucher(ChannelDescriptor calldata descriptor, bytes32 id, uint96 amount, bytes calldata signature)
        private
        view
    {
        address signer = descriptor.authorizedSigner == address(0) ? descriptor.payer : descriptor.authorizedSigner;
        bytes memory call = abi.encodeCall(ISignatureVerifier.verify, (signer, getVoucherDigest(id, amount), signature));
        (bool ok, bytes memory answer) = address(VERIFIER).staticcall(call);
        if (!ok || answer.length != 32 || !abi.decode(answer, (bool))) revert InvalidSignature();
    }

    /// Marks an id for the rest of the transaction: whoever closes a channel cannot open it again in one batch.
    function _openedBefore(bytes32 id) private returns (bool opened) {
        assembly {
            opened := tload(id)
            tstore(id, 1)
        }
    }

    function _finish(ChannelDescriptor calldata descriptor, bytes32 id, ChannelState memory state, uint96 capture)
        private
    {
        delete channels[id];
        uint96 delta = capture - state.settled;
        uint96 refund = state.deposit - capture;
        if (delta != 0) IToken(descriptor.token).transfer(descriptor.payee, delta);
        if (refund != 0) IToken(descriptor.token).transfer(descriptor.payer, refund);
        emit ChannelClosed(id, descriptor.payer, descriptor.payee, capture, refund);
    }
}
