// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Clock, IToken, Tip20, Voucher} from "./IToken.sol";

/// The v1 channel escrow with the interface of `TempoStreamChannel`: the rules of src/contracts/escrow.ts, check by check.
contract Escrow is Clock {
    struct Channel {
        bool finalized;
        uint64 closeRequestedAt;
        address payer;
        address payee;
        address token;
        address authorizedSigner;
        uint128 deposit;
        uint128 settled;
    }

    event ChannelOpened(
        bytes32 indexed channelId,
        address indexed payer,
        address indexed payee,
        address token,
        address authorizedSigner,
        bytes32 salt,
        uint256 deposit
    );
    event Settled(
        bytes32 indexed channelId,
        address indexed payer,
        address indexed payee,
        uint256 cumulativeAmount,
        uint256 deltaPaid,
        uint256 newSettled
    );
    event TopUp(
        bytes32 indexed channelId,
        address indexed payer,
        address indexed payee,
        uint256 additionalDeposit,
        uint256 newDeposit
    );
    event CloseRequested(
        bytes32 indexed channelId, address indexed payer, address indexed payee, uint256 closeGraceEnd
    );
    event CloseRequestCancelled(bytes32 indexed channelId, address indexed payer, address indexed payee);
    event ChannelClosed(
        bytes32 indexed channelId,
        address indexed payer,
        address indexed payee,
        uint256 settledToPayee,
        uint256 refundedToPayer
    );
    event ChannelExpired(bytes32 indexed channelId, address indexed payer, address indexed payee);

    error ChannelAlreadyExists();
    error ChannelNotFound();
    error ChannelFinalized();
    error InvalidSignature();
    error AmountExceedsDeposit();
    error AmountNotIncreasing();
    error NotPayer();
    error NotPayee();
    error TransferFailed();
    error CloseNotReady();
    error InvalidPayee();
    error DepositOverflow();

    /// A payer of zero means there is no such channel.
    mapping(bytes32 => Channel) public channels; // slot 1

    bytes32 public constant VOUCHER_TYPEHASH = keccak256("Voucher(bytes32 channelId,uint128 cumulativeAmount)");
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    function open(address payee, address token, uint128 deposit, bytes32 salt, address authorizedSigner)
        external
        returns (bytes32 channelId)
    {
        if (payee == address(0)) revert InvalidPayee();
        channelId = computeChannelId(msg.sender, payee, token, salt, authorizedSigner);
        if (channels[channelId].payer != address(0)) revert ChannelAlreadyExists();
        if (!Tip20.isToken(token)) revert TransferFailed();
        channels[channelId] = Channel(false, 0, msg.sender, payee, token, authorizedSigner, deposit, 0);
        if (!IToken(token).transferFrom(msg.sender, address(this), deposit)) revert TransferFailed();
        emit ChannelOpened(channelId, msg.sender, payee, token, authorizedSigner, salt, deposit);
    }

    function settle(bytes32 channelId, uint128 cumulativeAmount, bytes calldata signature) external {
        Channel storage channel = _ofPayee(channelId);
        if (cumulativeAmount > channel.deposit) revert AmountExceedsDeposit();
        if (cumulativeAmount <= channel.settled) revert AmountNotIncreasing();
        _checkVoucher(channel, channelId, cumulativeAmount, signature);
        uint128 deltaPaid = cumulativeAmount - channel.settled;
        channel.settled = cumulativeAmount;
        _pay(channel.token, channel.payee, deltaPaid);
        emit Settled(channelId, channel.payer, channel.payee, cumulativeAmount, deltaPaid, cumulativeAmount);
    }

    function topUp(bytes32 channelId, uint256 additionalDeposit) external {
        _topUp(channelId, additionalDeposit);
    }

    /// The session draft's width.
    function topUp(bytes32 channelId, uint128 additionalDeposit) external {
        _topUp(channelId, additionalDeposit);
    }

    function close(bytes32 channelId, uint128 cumulativeAmount, bytes calldata signature) external {
        Channel storage channel = _ofPayee(channelId);
        uint128 settled = channel.settled;
        if (cumulativeAmount > settled) {
            if (cumulativeAmount > channel.deposit) revert AmountExceedsDeposit();
            _checkVoucher(channel, channelId, cumulativeAmount, signature);
            settled = cumulativeAmount;
        }
        _finalize(channel, channelId, settled, false);
    }

    function requestClose(bytes32 channelId) external {
        Channel storage channel = _ofPayer(channelId);
        if (channel.closeRequestedAt != 0) return;
        channel.closeRequestedAt = uint64(_now());
        emit CloseRequested(channelId, channel.payer, channel.payee, _now() + CLOSE_GRACE_PERIOD);
    }

    function withdraw(bytes32 channelId) external {
        Channel storage channel = _ofPayer(channelId);
        if (!_graceOver(channel.closeRequestedAt)) revert CloseNotReady();
        _finalize(channel, channelId, channel.settled, true);
    }

    function getChannel(bytes32 channelId) external view returns (Channel memory channel) {
        return channels[channelId];
    }

    function getChannelsBatch(bytes32[] calldata channelIds) external view returns (Channel[] memory channelStates) {
        channelStates = new Channel[](channelIds.length);
        for (uint256 i; i < channelIds.length; i++) channelStates[i] = channels[channelIds[i]];
    }

    function computeChannelId(address payer, address payee, address token, bytes32 salt, address authorizedSigner)
        public
        view
        returns (bytes32 channelId)
    {
        return keccak256(abi.encode(payer, payee, token, salt, authorizedSigner, address(this), block.chainid));
    }

    function getVoucherDigest(bytes32 channelId, uint128 cumulativeAmount) public view returns (bytes32 digest) {
        return Voucher.digest(domainSeparator(), VOUCHER_TYPEHASH, channelId, cumulativeAmount);
    }

    function domainSeparator() public view returns (bytes32 separator) {
        return Voucher.separator("Tempo Stream Channel");
    }

    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        )
    {
        return (hex"0f", "Tempo Stream Channel", "1", block.chainid, address(this), 0, new uint256[](0));
    }

    function _ofPayee(bytes32 channelId) private view returns (Channel storage channel) {
        channel = channels[channelId];
        if (channel.payer == address(0)) revert ChannelNotFound();
        if (msg.sender != channel.payee) revert NotPayee();
        if (channel.finalized) revert ChannelFinalized();
    }

    function _ofPayer(bytes32 channelId) private view returns (Channel storage channel) {
        channel = channels[channelId];
        if (channel.payer == address(0)) revert ChannelNotFound();
        if (msg.sender != channel.payer) revert NotPayer();
        if (channel.finalized) revert ChannelFinalized();
    }

    function _topUp(bytes32 channelId, uint256 additionalDeposit) private {
        Channel storage channel = _ofPayer(channelId);
        if (additionalDeposit > type(uint128).max - channel.deposit) revert DepositOverflow();
        channel.deposit += uint128(additionalDeposit);
        bool cancels = channel.closeRequestedAt != 0;
        channel.closeRequestedAt = 0;
        if (additionalDeposit != 0) {
            bool pulled = IToken(channel.token).transferFrom(msg.sender, address(this), additionalDeposit);
            if (!pulled) revert TransferFailed();
        }
        if (cancels) emit CloseRequestCancelled(channelId, channel.payer, channel.payee);
        emit TopUp(channelId, channel.payer, channel.payee, additionalDeposit, channel.deposit);
    }

    /// secp256k1 in 65 bytes (v 27 or 28) or the 64 of EIP-2098, with a low s.
    function _checkVoucher(Channel storage channel, bytes32 channelId, uint128 amount, bytes calldata signature)
        private
        view
    {
        if (signature.length != 65 && signature.length != 64) revert InvalidSignature();
        uint256 s = uint256(bytes32(signature[32:64]));
        uint8 v;
        if (signature.length == 65) {
            v = uint8(signature[64]);
        } else {
            v = uint8(s >> 255) + 27;
            s &= type(uint256).max >> 1;
        }
        if (s > HALF_ORDER) revert InvalidSignature();
        address by = ecrecover(getVoucherDigest(channelId, amount), v, bytes32(signature[:32]), bytes32(s));
        address signer = channel.authorizedSigner == address(0) ? channel.payer : channel.authorizedSigner;
        if (by == address(0) || by != signer) revert InvalidSignature();
    }

    /// Pays up to `settled`, refunds the rest, and closes for good; the figures stay readable.
    function _finalize(Channel storage channel, bytes32 channelId, uint128 settled, bool expired) private {
        uint128 delta = settled - channel.settled;
        uint128 refund = channel.deposit - settled;
        channel.settled = settled;
        channel.finalized = true;
        _pay(channel.token, channel.payee, delta);
        _pay(channel.token, channel.payer, refund);
        if (expired) emit ChannelExpired(channelId, channel.payer, channel.payee);
        emit ChannelClosed(channelId, channel.payer, channel.payee, settled, refund);
    }

    function _pay(address token, address to, uint128 amount) private {
        if (amount != 0 && !IToken(token).transfer(to, amount)) revert TransferFailed();
    }
}
